/*
 * Entry points of ACL as the software stand-in exports them. Written from the public interface
 * description of CANN (acl/acl.h); test code, never packaged.
 */
#ifndef STANDIN_ACL_H
#define STANDIN_ACL_H

#include "acl/acl_rt.h"

#ifdef __cplusplus
extern "C" {
#endif

aclError aclInit(const char *configPath);
aclError aclFinalize(void);
aclError aclFinalizeReference(uint64_t *refCount);
const char *aclGetRecentErrMsg(void);

#ifdef __cplusplus
}
#endif

#endif
