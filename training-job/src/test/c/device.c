/* Initialisation of the process, devices with one owning process each, contexts of threads. */
#define _GNU_SOURCE
#include "standin.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEVICES 64

typedef struct Context {
    int device;
    bool explicit_one;
    bool alive;
    struct Context *next;
} Context;

typedef struct {
    int physical;
    int references;
    int lock_file;
    Context *context;
} Device;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum { NEVER, INITIALISED, FINALISED } phase;
static uint64_t init_count;
static Device devices[MAX_DEVICES];
static int device_count = -1;
static Context *contexts;
static _Thread_local Context *current;
static void (*other_leaks)(const char *api, int device);

__attribute__((constructor)) static void say_what_this_is(void) {
    fprintf(stderr, "CANN stand-in: libascendcl of the tests is loaded in process %d: no NPU, no CANN\n",
            (int)getpid());
}

__attribute__((destructor)) static void check_at_exit(void) {
    if (phase == INITIALISED) {
        standin_leaks("exit", -1);
    }
    standin_check_unread("exit");
}

void standin_on_leak_check(void (*check)(const char *api, int device)) {
    other_leaks = check;
}

void standin_leaks(const char *api, int device) {
    if (other_leaks != NULL) {
        other_leaks(api, device);
    }
    standin_stream_leaks(api, device);
    standin_memory_leaks(api, device);
}

bool standin_is_initialised(void) {
    return phase == INITIALISED;
}

int standin_enter(const char *api) {
    if (phase == INITIALISED) {
        return ACL_SUCCESS;
    }
    if (phase == FINALISED) {
        return standin_misuse(CHECK_AFTER_FINALIZE, ACL_ERROR_UNINITIALIZE, api,
                              "%s is called after aclFinalize", api);
    }
    return standin_misuse(CHECK_NOT_INITIALISED, ACL_ERROR_UNINITIALIZE, api,
                          "%s is called before aclInit", api);
}

int standin_thread_device(void) {
    return current == NULL || !current->alive ? -1 : current->device;
}

aclrtContext standin_thread_context(void) {
    return current;
}

int standin_enter_device(const char *api, int *device) {
    int code = standin_enter(api);
    if (code != ACL_SUCCESS) {
        return code;
    }
    *device = standin_thread_device();
    if (*device < 0) {
        return standin_misuse(CHECK_NO_DEVICE, ACL_ERROR_RT_CONTEXT_NULL, api,
                              "%s is called in a thread without a device: call aclrtSetDevice in it",
                              api);
    }
    return ACL_SUCCESS;
}

StandinSoc standin_soc(void) {
    const char *name = standin_env("STANDIN_SOC", "910B");
    if (strcmp(name, "910") == 0) {
        return SOC_910;
    }
    if (strcmp(name, "910B") == 0) {
        return SOC_910B;
    }
    if (strcmp(name, "A3") == 0) {
        return SOC_A3;
    }
    if (strcmp(name, "950") == 0) {
        return SOC_950;
    }
    if (strcmp(name, "310P") == 0) {
        return SOC_310P;
    }
    fprintf(stderr, "CANN stand-in: unknown STANDIN_SOC=%s (910, 910B, A3, 950, 310P)\n", name);
    abort();
}

STANDIN_API const char *aclrtGetSocName(void) {
    static const char *const names[] = {"AscendStandIn910", "AscendStandIn910B", "AscendStandInA3",
                                        "AscendStandIn950", "AscendStandIn310P"};
    return names[standin_soc()];
}

/* ---- initialisation ---- */

STANDIN_API aclError aclInit(const char *configPath) {
    (void)configPath;
    StandinFault fault;
    if (standin_fault("aclInit", -1, -1, -1, &fault) && fault.code >= 0) {
        return standin_fail(fault.code, "aclInit", "aclInit fails as STANDIN_FAIL asks");
    }
    pthread_mutex_lock(&lock);
    bool repeated = phase == INITIALISED;
    phase = INITIALISED;
    init_count++;
    pthread_mutex_unlock(&lock);
    return repeated ? ACL_ERROR_REPEAT_INITIALIZE : ACL_SUCCESS;
}

static aclError finalise(const char *api, bool all, uint64_t *left) {
    pthread_mutex_lock(&lock);
    if (phase != INITIALISED) {
        bool never = phase == NEVER;
        pthread_mutex_unlock(&lock);
        return never ? standin_misuse(CHECK_NOT_INITIALISED, ACL_ERROR_UNINITIALIZE, api,
                                      "%s is called before aclInit", api)
                     : standin_misuse(CHECK_AFTER_FINALIZE, ACL_ERROR_REPEAT_FINALIZE, api,
                                      "%s is called a second time", api);
    }
    init_count = all ? 0 : init_count - 1;
    uint64_t references = init_count;
    pthread_mutex_unlock(&lock);
    if (left != NULL) {
        *left = references;
    }
    if (references > 0) {
        return ACL_SUCCESS;
    }
    standin_leaks(api, -1);
    standin_check_unread(api);
    pthread_mutex_lock(&lock);
    phase = FINALISED;
    for (int i = 0; i < MAX_DEVICES; i++) {
        if (devices[i].references > 0) {
            devices[i].references = 0;
            close(devices[i].lock_file);
        }
    }
    for (Context *context = contexts; context != NULL; context = context->next) {
        context->alive = false;
    }
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclFinalize(void) {
    return finalise("aclFinalize", true, NULL);
}

STANDIN_API aclError aclFinalizeReference(uint64_t *refCount) {
    return finalise("aclFinalizeReference", false, refCount);
}

/* ---- devices ---- */

/*
 * Takes the list as the runtime does: decimal numbers in ascending order, separated by commas only;
 * reading stops silently at the first thing that is anything else.
 */
static int read_visible(int physical_count, int visible[MAX_DEVICES]) {
    const char *list = getenv("ASCEND_RT_VISIBLE_DEVICES");
    int count = 0;
    if (list == NULL) {
        for (; count < physical_count && count < MAX_DEVICES; count++) {
            visible[count] = count;
        }
        return count;
    }
    const char *at = list;
    while (isdigit((unsigned char)*at)) {
        char *end;
        long id = strtol(at, &end, 10);
        bool ascending = count == 0 || id > visible[count - 1];
        if (id >= physical_count || !ascending || (*end != ',' && *end != 0)) {
            break;
        }
        visible[count++] = (int)id;
        at = *end == ',' ? end + 1 : end;
    }
    if (*at != 0 || count == 0) {
        standin_warning(CHECK_VISIBLE_DEVICES, "aclrtGetDeviceCount",
                        "ASCEND_RT_VISIBLE_DEVICES=%s is read up to \"%s\": %d of %d cards are seen",
                        list, at, count, physical_count);
    }
    return count;
}

static void find_devices(void) {
    pthread_mutex_lock(&lock);
    if (device_count < 0) {
        int physical = (int)standin_env_number("STANDIN_NPU_COUNT", 8);
        int visible[MAX_DEVICES];
        int count = read_visible(physical > MAX_DEVICES ? MAX_DEVICES : physical, visible);
        for (int i = 0; i < count; i++) {
            devices[i].physical = visible[i];
        }
        device_count = count;
    }
    pthread_mutex_unlock(&lock);
}

STANDIN_API aclError aclrtGetDeviceCount(uint32_t *count) {
    int code = standin_enter("aclrtGetDeviceCount");
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (count == NULL) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, "aclrtGetDeviceCount", "count is null");
    }
    if (standin_env_number("STANDIN_NPU_COUNT", 8) == 0) {
        return standin_fail(ACL_ERROR_RT_NO_DEVICE, "aclrtGetDeviceCount",
                            "EE0000: no device is found on this host");
    }
    find_devices();
    *count = (uint32_t)device_count;
    return ACL_SUCCESS;
}

const char *standin_lock_folder(void) {
    static char folder[256];
    static pthread_mutex_t folder_lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&folder_lock);
    if (folder[0] == 0) {
        const char *set = getenv("STANDIN_LOCK_DIR");
        if (set != NULL) {
            snprintf(folder, sizeof(folder), "%s", set);
        } else {
            snprintf(folder, sizeof(folder), "%s/cann-stand-in-%d", standin_env("TMPDIR", "/tmp"),
                     (int)getuid());
        }
        mkdir(folder, 0777);
    }
    pthread_mutex_unlock(&folder_lock);
    return folder;
}

static int lock_card(int physical) {
    char path[300];
    snprintf(path, sizeof(path), "%s/card-%d.lock", standin_lock_folder(), physical);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        fprintf(stderr, "CANN stand-in: cannot open %s: %s\n", path, strerror(errno));
        return -1;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        close(file);
        return -1;
    }
    if (ftruncate(file, 0) != 0 || dprintf(file, "%d\n", (int)getpid()) < 0) {
        fprintf(stderr, "CANN stand-in: cannot write %s\n", path);
    }
    return file;
}

static Context *new_context(int device, bool explicit_one) {
    Context *context = calloc(1, sizeof(Context));
    *context = (Context){device, explicit_one, true, contexts};
    contexts = context;
    return context;
}

static int check_index(const char *api, int32_t deviceId) {
    find_devices();
    if (deviceId < 0 || deviceId >= device_count) {
        return standin_misuse(CHECK_DEVICE_INDEX, ACL_ERROR_RT_INVALID_DEVICEID, api,
                              "EE1001: device %d does not exist: %d device(s) are visible", deviceId,
                              device_count);
    }
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtSetDevice(int32_t deviceId) {
    int code = standin_enter("aclrtSetDevice");
    if (code == ACL_SUCCESS) {
        code = check_index("aclrtSetDevice", deviceId);
    }
    if (code != ACL_SUCCESS) {
        return code;
    }
    StandinFault fault;
    if (standin_fault("setDevice", -1, devices[deviceId].physical, -1, &fault)) {
        if (fault.delay_ms > 0) {
            standin_sleep_ms(fault.delay_ms);
        }
        if (fault.code >= 0) {
            return standin_fail(fault.code, "aclrtSetDevice",
                                "aclrtSetDevice fails as STANDIN_FAIL asks");
        }
    }
    pthread_mutex_lock(&lock);
    Device *device = &devices[deviceId];
    if (device->references == 0) {
        device->lock_file = lock_card(device->physical);
        if (device->lock_file < 0) {
            pthread_mutex_unlock(&lock);
            return standin_fail(ACL_ERROR_RT_DEV_SETUP_ERROR, "aclrtSetDevice",
                                "EJ0001: Failed to initialize the HCCP process. Reason: Maybe the last "
                                "training process is running. Card %d belongs to another process",
                                device->physical);
        }
        device->context = new_context(deviceId, false);
    }
    device->references++;
    current = device->context;
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtGetDevice(int32_t *deviceId) {
    int code = standin_enter("aclrtGetDevice");
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (deviceId == NULL) {
        return standin_fail(ACL_ERROR_RT_PARAM_INVALID, "aclrtGetDevice", "deviceId is null");
    }
    if (standin_thread_device() < 0) {
        return ACL_ERROR_RT_CONTEXT_NULL; /* the way to ask: no misuse, no message */
    }
    *deviceId = standin_thread_device();
    return ACL_SUCCESS;
}

static aclError reset(const char *api, int32_t deviceId, bool force) {
    int code = standin_enter(api);
    if (code == ACL_SUCCESS) {
        code = check_index(api, deviceId);
    }
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Device *device = &devices[deviceId];
    if (device->references == 0) {
        pthread_mutex_unlock(&lock);
        return standin_misuse(CHECK_NO_DEVICE, ACL_ERROR_RT_CONTEXT_NULL, api,
                              "device %d was not set or is reset already", deviceId);
    }
    bool last = force || device->references == 1;
    if (!last) {
        device->references--;
    }
    pthread_mutex_unlock(&lock);
    if (!last) {
        return ACL_SUCCESS;
    }
    standin_leaks(api, deviceId);
    pthread_mutex_lock(&lock);
    device->references = 0;
    close(device->lock_file);
    for (Context *context = contexts; context != NULL; context = context->next) {
        if (context->device == deviceId) {
            context->alive = false;
        }
    }
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtResetDevice(int32_t deviceId) {
    return reset("aclrtResetDevice", deviceId, false);
}

STANDIN_API aclError aclrtResetDeviceForce(int32_t deviceId) {
    return reset("aclrtResetDeviceForce", deviceId, true);
}

int standin_physical_device(int device) {
    return device < 0 || device >= device_count ? -1 : devices[device].physical;
}

STANDIN_API aclError aclrtGetPhyDevIdByLogicDevId(const int32_t logicDevId, int32_t *const phyDevId) {
    int code = standin_enter("aclrtGetPhyDevIdByLogicDevId");
    if (code == ACL_SUCCESS) {
        code = check_index("aclrtGetPhyDevIdByLogicDevId", logicDevId);
    }
    if (code == ACL_SUCCESS) {
        *phyDevId = devices[logicDevId].physical;
    }
    return code;
}

STANDIN_API aclError aclrtQueryDeviceStatus(int32_t deviceId, int32_t *deviceStatus) {
    int code = standin_enter("aclrtQueryDeviceStatus");
    if (code == ACL_SUCCESS) {
        code = check_index("aclrtQueryDeviceStatus", deviceId);
    }
    if (code == ACL_SUCCESS) {
        *deviceStatus = 0;
    }
    return code;
}

STANDIN_API aclError aclrtGetRunMode(aclrtRunMode *runMode) {
    int code = standin_enter("aclrtGetRunMode");
    if (code == ACL_SUCCESS) {
        *runMode = ACL_HOST;
    }
    return code;
}

STANDIN_API aclError aclrtGetVersion(int32_t *majorVersion, int32_t *minorVersion,
                                     int32_t *patchVersion) {
    *majorVersion = 1;
    *minorVersion = 14;
    *patchVersion = 0;
    return ACL_SUCCESS;
}

/* ---- contexts ---- */

aclrtContext standin_default_context(int device) {
    return devices[device].context;
}

static Context *find_context(const void *handle) {
    for (Context *context = contexts; context != NULL; context = context->next) {
        if (context == handle) {
            return context;
        }
    }
    return NULL;
}

STANDIN_API aclError aclrtCreateContext(aclrtContext *context, int32_t deviceId) {
    int code = aclrtSetDevice(deviceId);
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    devices[deviceId].references--;
    if (devices[deviceId].references == 0) {
        devices[deviceId].references = 1;
    }
    current = new_context(deviceId, true);
    *context = current;
    pthread_mutex_unlock(&lock);
    return ACL_SUCCESS;
}

STANDIN_API aclError aclrtDestroyContext(aclrtContext context) {
    int code = standin_enter("aclrtDestroyContext");
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Context *found = find_context(context);
    bool good = found != NULL && found->alive && found->explicit_one;
    if (good) {
        found->alive = false;
    }
    pthread_mutex_unlock(&lock);
    return good ? ACL_SUCCESS
                : standin_misuse(CHECK_AFTER_DESTROY, ACL_ERROR_RT_INVALID_HANDLE,
                                 "aclrtDestroyContext",
                                 "the context is unknown, destroyed, or a device's own");
}

STANDIN_API aclError aclrtSetCurrentContext(aclrtContext context) {
    int code = standin_enter("aclrtSetCurrentContext");
    if (code != ACL_SUCCESS) {
        return code;
    }
    pthread_mutex_lock(&lock);
    Context *found = find_context(context);
    bool good = found != NULL && found->alive;
    if (good) {
        current = found;
    }
    pthread_mutex_unlock(&lock);
    return good ? ACL_SUCCESS
                : standin_misuse(CHECK_AFTER_DESTROY, ACL_ERROR_RT_INVALID_HANDLE,
                                 "aclrtSetCurrentContext", "the context is unknown or destroyed");
}

STANDIN_API aclError aclrtGetCurrentContext(aclrtContext *context) {
    int device;
    int code = standin_enter_device("aclrtGetCurrentContext", &device);
    if (code == ACL_SUCCESS) {
        *context = current;
    }
    return code;
}
