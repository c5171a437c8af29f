/* What the machine is in words: system, processor, clock, and what stands between it and the hardware. */
#include <stdbool.h>

#include "machine/system.h"
#include "machine/virtual.h"
#include "machine_tree.h"

#define FLAGS           "processor\t: 0\nmodel name\t: A Processor 9000\ncpu MHz\t\t: 2450.123\nflags\t\t: fpu sse2 avx\n"
#define FLAGS_OF_GUESTS "processor\t: 0\nflags\t\t: fpu hypervisor avx\n"

static void assert_container(const struct tree *tree, const char *expected) {
    char name[32];
    pp_container_find(tree->root, name, sizeof name);
    assert_string_equal(name, expected);
}

static void files_are_put_into_words(void **state) {
    const struct tree *tree = *state;
    put(tree, "/etc/os-release", "# comment\n\nNAME=\"An OS\"\nPRETTY_NAME=\"An OS 12 (name)\"\n");
    put(tree, "/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
    put(tree, "/proc/cpuinfo", FLAGS);
    put_cpu(tree, 3, "cpufreq/scaling_governor", "powersave\n");
    put_cpu(tree, 3, "cpufreq/scaling_cur_freq", "1800000\n");
    put_cpu(tree, 3, "cpufreq/cpuinfo_max_freq", "4700000\n");
    struct pp_system system;
    pp_system_read(tree->root, 3, &system);
    assert_string_equal(system.os, "An OS 12 (name)");
    assert_string_equal(system.kernel, "6.1.0-13-amd64");
    assert_string_equal(system.cpu_model, "A Processor 9000");
    assert_string_equal(system.governor, "powersave");
    assert_true(system.frequency_hz == 1800000000 && system.frequency_max_hz == 4700000000);
    assert_string_equal(system.hypervisor, "none");
    assert_string_equal(system.container, "none");
}

static void frequency_may_stand_elsewhere(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/cpuinfo", FLAGS);
    put(tree, "/usr/lib/os-release", "PRETTY_NAME=Bare\n");
    struct pp_system system;
    pp_system_read(tree->root, 0, &system);
    assert_true(system.frequency_hz > 2450122000 && system.frequency_hz < 2450124000 && system.frequency_max_hz == 0);
    assert_string_equal(system.governor, "");
    assert_string_equal(system.os, "Bare");
    put(tree, "/proc/cpuinfo", "cpu MHz : nonsense\n");
    put_cpu(tree, 0, "cpufreq/cpuinfo_max_freq", "fast\n");
    pp_system_read(tree->root, 0, &system);
    assert_true(system.frequency_hz == 0 && system.frequency_max_hz == 0);
}

static void hypervisors_are_known_by_their_firmware(void **state) {
    const struct tree *tree = *state;
    static const char *const said[][3] = {{"QEMU", "Standard PC (Q35 + ICH9, 2009)", "qemu"},
                                          {"Red Hat", "KVM", "kvm"},
                                          {"VMware, Inc.", "VMware7,1", "vmware"},
                                          {"innotek GmbH", "VirtualBox", "virtualbox"},
                                          {"Microsoft Corporation", "Virtual Machine", "hyper-v"},
                                          {"Microsoft Corporation", "Surface Laptop", "unknown kind"},
                                          {"Amazon EC2", "m5.large", "amazon"},
                                          {"Google", "Google Compute Engine", "google"},
                                          {"Who", "Knows", "unknown kind"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        put(tree, "/sys/class/dmi/id/sys_vendor", said[i][0]);
        put(tree, "/sys/class/dmi/id/product_name", said[i][1]);
        put(tree, "/proc/cpuinfo", FLAGS_OF_GUESTS);
        assert_string_equal(pp_hypervisor_find(tree->root), said[i][2]);
        put(tree, "/proc/cpuinfo", FLAGS); /* a cloud's machine without a hypervisor */
        assert_string_equal(pp_hypervisor_find(tree->root), "none");
    }
    put(tree, "/sys/class/dmi/id/sys_vendor", "QEMU");
    put(tree, "/proc/cpuinfo", "processor : 0\nFeatures : fp asimd\n"); /* no such flag on this architecture */
    assert_string_equal(pp_hypervisor_find(tree->root), "qemu");
    put(tree, "/sys/hypervisor/type", "xen\n");
    assert_string_equal(pp_hypervisor_find(tree->root), "xen");
}

/* From the weakest mark to the strongest, each on top of those before. */
static void containers_are_known_by_their_marks(void **state) {
    const struct tree *tree = *state;
    static const char others[] = "PATH=/bin\0xcontainer=no\0container=", lxc[] = "PATH=/bin\0container=lxc\0A=b";
    assert_container(tree, "none");
    put(tree, "/.dockerenv", "");
    assert_container(tree, "docker");
    put_bytes(tree, "/proc/1/environ", others, sizeof others);
    assert_container(tree, "docker");
    put(tree, "/run/.containerenv", "engine=\"podman-4.3\"\n");
    assert_container(tree, "podman");
    put_bytes(tree, "/proc/1/environ", lxc, sizeof lxc);
    assert_container(tree, "lxc");
    put(tree, "/run/systemd/container", "systemd-nspawn\n");
    assert_container(tree, "systemd-nspawn");
    put(tree, "/proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2\n");
    assert_container(tree, "wsl");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_TREE(files_are_put_into_words),
        IN_TREE(frequency_may_stand_elsewhere),
        IN_TREE(hypervisors_are_known_by_their_firmware),
        IN_TREE(containers_are_known_by_their_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
