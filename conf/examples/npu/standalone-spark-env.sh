# conf/spark-env.sh of the Spark worker on a host with NPUs.
# Executors inherit the environment of their worker, so CANN's variables are set here.
source /usr/local/Ascend/cann/set_env.sh
export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/usr/local/Ascend/driver/lib64:/usr/local/Ascend/driver/lib64/common:/usr/local/Ascend/driver/lib64/driver
SPARK_WORKER_OPTS="-Dspark.worker.resource.npu.amount=8 -Dspark.worker.resource.npu.discoveryScript=/opt/sparkmm/bin/discover-npus"

# Two workers on one host would both find all NPUs: give each of them its own, for example
# export ASCEND_RT_VISIBLE_DEVICES=0,1,2,3
