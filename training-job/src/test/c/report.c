/* Records of misuse, error messages of threads, environment and fault rules. */
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define MESSAGES 8
#define MESSAGE_BYTES 600

static _Thread_local char messages[MESSAGES][MESSAGE_BYTES];
static _Thread_local int message_count;
static _Thread_local char unread_of[64];
static _Thread_local char returned[MESSAGES * MESSAGE_BYTES];
static _Thread_local int speaking_rank = -1;
static _Thread_local char speaking_comm[128];

static _Atomic int unread_threads;

void standin_speak_for(int rank, const char *comm) {
    speaking_rank = rank;
    snprintf(speaking_comm, sizeof(speaking_comm), "%s", comm == NULL ? "" : comm);
}

static void append_json_text(char *out, size_t size, const char *text) {
    size_t at = strlen(out);
    for (const char *c = text; *c != 0 && at + 8 < size; c++) {
        if (*c == '"' || *c == '\\') {
            out[at++] = '\\';
            out[at++] = *c;
        } else if ((unsigned char)*c < 0x20) {
            at += (size_t)snprintf(out + at, size - at, "\\u%04x", *c);
        } else {
            out[at++] = *c;
        }
    }
    out[at] = 0;
}

static void record(const char *severity, int check, const char *api, const char *text) {
    char line[2048];
    snprintf(line, sizeof(line),
             "{\"severity\":\"%s\",\"check\":%d,\"api\":\"%s\",\"pid\":%d,\"device\":%d,\"rank\":%d,"
             "\"comm\":\"",
             severity, check, api, (int)getpid(), standin_thread_device(), speaking_rank);
    append_json_text(line, sizeof(line) - 900, speaking_comm);
    strcat(line, "\",\"message\":\"");
    append_json_text(line, sizeof(line) - 8, text);
    strcat(line, "\"}\n");
    fprintf(stderr, "CANN stand-in: %s %d in %s: %s\n", severity, check, api, text);
    const char *path = standin_env("STANDIN_REPORT", "");
    if (path[0] != 0) {
        int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (file < 0 || write(file, line, strlen(line)) < 0) {
            fprintf(stderr, "CANN stand-in: cannot write %s: %s\n", path, strerror(errno));
        }
        if (file >= 0) {
            close(file);
        }
    }
    if (strcmp(severity, "violation") == 0 && standin_env_number("STANDIN_FATAL", 0) != 0) {
        abort();
    }
}

#define FORMATTED(text)                                 \
    char text[MESSAGE_BYTES];                           \
    va_list arguments;                                  \
    va_start(arguments, format);                        \
    vsnprintf(text, sizeof(text), format, arguments);   \
    va_end(arguments)

void standin_violation(int check, const char *api, const char *format, ...) {
    FORMATTED(text);
    record("violation", check, api, text);
}

void standin_warning(int check, const char *api, const char *format, ...) {
    FORMATTED(text);
    record("warning", check, api, text);
}

void standin_leak(const char *api, const char *format, ...) {
    FORMATTED(text);
    record("violation", CHECK_LEAK, api, text);
}

static void keep_message(const char *api, const char *text) {
    if (message_count > 0) {
        record("warning", CHECK_UNREAD_MESSAGE, api,
               "aclGetRecentErrMsg was not called after the failure before this one");
    } else {
        unread_threads++;
    }
    snprintf(unread_of, sizeof(unread_of), "%s", api);
    if (message_count == MESSAGES) {
        memmove(messages[0], messages[1], (MESSAGES - 1) * MESSAGE_BYTES);
        message_count--;
    }
    snprintf(messages[message_count++], MESSAGE_BYTES, "%s", text);
}

int standin_fail(int code, const char *api, const char *format, ...) {
    FORMATTED(text);
    keep_message(api, text);
    return code;
}

int standin_misuse(int check, int code, const char *api, const char *format, ...) {
    FORMATTED(text);
    record("violation", check, api, text);
    keep_message(api, text);
    return code;
}

STANDIN_API const char *aclGetRecentErrMsg(void) {
    if (message_count == 0) {
        return NULL;
    }
    size_t at = 0;
    for (int i = message_count - 1; i >= 0; i--) {
        at += (size_t)snprintf(returned + at, sizeof(returned) - at, "%s\n", messages[i]);
    }
    message_count = 0;
    unread_threads--;
    return returned;
}

void standin_check_unread(const char *api) {
    if (unread_threads > 0) {
        standin_warning(CHECK_UNREAD_MESSAGE, api,
                        "%d thread(s) never called aclGetRecentErrMsg after a failure%s%s",
                        unread_threads, message_count > 0 ? ", this one after " : "",
                        message_count > 0 ? unread_of : "");
        unread_threads = 0;
    }
}

/* ---- environment, time, random numbers ---- */

const char *standin_env(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value == NULL ? otherwise : value;
}

double standin_env_number(const char *name, double otherwise) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == 0) {
        return otherwise;
    }
    char *end;
    double number = strtod(value, &end);
    if (*end != 0) {
        fprintf(stderr, "CANN stand-in: %s=%s is no number\n", name, value);
        abort();
    }
    return number;
}

double standin_time_scale(void) {
    return standin_env_number("STANDIN_TIME_SCALE", 1);
}

uint64_t standin_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void standin_sleep_ms(double milliseconds) {
    struct timespec left = {(time_t)(milliseconds / 1000),
                            (long)((milliseconds - 1000.0 * (long)(milliseconds / 1000)) * 1e6)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

uint64_t standin_next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t standin_entropy(void) {
    uint64_t value;
    if (getrandom(&value, sizeof(value), 0) != sizeof(value)) {
        value = standin_now_ns() ^ ((uint64_t)getpid() << 32);
    }
    return value;
}

/* ---- faults ---- */

#define RULES 16

typedef struct {
    char op[32];
    int rank;
    int device;
    int64_t seq;
    int64_t after;
    int64_t calls;
    char once[256];
    StandinFault fault;
} Rule;

static Rule rules[RULES];
static int rule_count;
static pthread_once_t rules_read = PTHREAD_ONCE_INIT;
static pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;

static void bad_rule(const char *part) {
    fprintf(stderr, "CANN stand-in: cannot read STANDIN_FAIL: %s\n", part);
    abort();
}

static void read_part(Rule *rule, const char *part) {
    const char *value = strpbrk(part, ":=");
    if (strcmp(part, "kill") == 0) {
        rule->fault.kill = true;
        return;
    }
    if (strcmp(part, "hang") == 0) {
        rule->fault.hang = true;
        return;
    }
    if (value == NULL) {
        bad_rule(part);
        return;
    }
    size_t key = (size_t)(value - part);
    value++;
#define KEY(name) (key == strlen(name) && strncmp(part, name, key) == 0)
    if (KEY("op")) {
        snprintf(rule->op, sizeof(rule->op), "%s", value);
    } else if (KEY("rank")) {
        rule->rank = atoi(value);
    } else if (KEY("device")) {
        rule->device = atoi(value);
    } else if (KEY("seq")) {
        rule->seq = atoll(value);
    } else if (KEY("after")) {
        rule->after = atoll(value);
    } else if (KEY("code")) {
        rule->fault.code = atoi(value);
    } else if (KEY("delay")) {
        rule->fault.delay_ms = atof(value);
    } else if (KEY("asyncError")) {
        rule->fault.async_error = atoi(value);
    } else if (KEY("once")) {
        snprintf(rule->once, sizeof(rule->once), "%s", value);
    } else if (KEY("oom") && strncmp(value, "after=", 6) == 0) {
        snprintf(rule->op, sizeof(rule->op), "malloc");
        rule->fault.code = ACL_ERROR_RT_DEVICE_OOM;
        rule->after = atoll(value + 6);
    } else {
        bad_rule(part);
    }
#undef KEY
}

static void read_rules(void) {
    char *text = strdup(standin_env("STANDIN_FAIL", ""));
    char *next_rule = NULL;
    for (char *one = strtok_r(text, ";", &next_rule); one != NULL;
         one = strtok_r(NULL, ";", &next_rule)) {
        if (rule_count == RULES) {
            bad_rule("more than 16 rules");
        }
        Rule *rule = &rules[rule_count++];
        *rule = (Rule){.rank = -1, .device = -1, .seq = -1, .after = -1};
        rule->fault = (StandinFault){.code = -1, .async_error = -1, .delay_ms = -1};
        char *next_part = NULL;
        for (char *part = strtok_r(one, ", ", &next_part); part != NULL;
             part = strtok_r(NULL, ", ", &next_part)) {
            read_part(rule, part);
        }
    }
    free(text);
}

static bool first_time(const Rule *rule) {
    if (rule->once[0] == 0) {
        return true;
    }
    int file = open(rule->once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) {
        return false;
    }
    close(file);
    return true;
}

bool standin_fault(const char *op, int rank, int device, int64_t seq, StandinFault *fault) {
    pthread_once(&rules_read, read_rules);
    bool found = false;
    pthread_mutex_lock(&rules_lock);
    for (int i = 0; i < rule_count && !found; i++) {
        Rule *rule = &rules[i];
        if ((rule->op[0] != 0 && strcmp(rule->op, op) != 0) ||
            (rule->rank >= 0 && rule->rank != rank) ||
            (rule->device >= 0 && rule->device != device)) {
            continue;
        }
        rule->calls++;
        int64_t number = seq >= 0 ? seq : rule->calls;
        if ((rule->seq >= 0 && rule->seq != number) ||
            (rule->after >= 0 && rule->calls <= rule->after) || !first_time(rule)) {
            continue;
        }
        *fault = rule->fault;
        found = true;
    }
    pthread_mutex_unlock(&rules_lock);
    return found;
}

void standin_die(const char *api) {
    fprintf(stderr, "CANN stand-in: process %d is killed in %s as STANDIN_FAIL asks\n",
            (int)getpid(), api);
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}
