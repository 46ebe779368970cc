/** COCO annotations as conversations: pictures, captions, instances, and the texts made of them. */
package io.sparkmm.data.coco;
