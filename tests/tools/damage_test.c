/* `backchannel check` on files that are broken: it says so, and survives. */
#include "life.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096

/* Overwrite ${len} bytes of a fresh copy's ${file} at ${offset}. */
static void overwrite(const char *file, off_t offset, uint8_t byte, size_t len)
{
    static uint8_t bytes[PAGE];
    int fd;

    assert_true(len <= sizeof(bytes));
    memset(bytes, byte, len);
    directory_copy(life_path(life, "data"), life_path(life, "harmed"));
    fd = open(life_path(life, file), O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, offset), len);
    close(fd);
}

/* The bytes of data.mdb that hold something: behind them is a hole. */
static off_t used_bytes(void)
{
    int fd = open(life_path(life, "data/data.mdb"), O_RDONLY);
    off_t end_of_data = lseek(fd, 0, SEEK_HOLE);

    close(fd);
    return end_of_data;
}

static void a_page_that_was_overwritten_is_found_or_was_free(void **state)
{
    static struct tool_run run;
    off_t used = used_bytes();
    int found = 0;
    int tried = 0;

    (void)state;
    for (off_t page = 2; page * PAGE < used; page += 3) {
        overwrite("harmed/data.mdb", page * PAGE, 0xA5, PAGE);
        tool_run(life, &run, "check", life_path(life, "harmed"), NULL);
        assert_in_range(run.code, 0, 1);
        found += run.code;
        tried++;
    }
    assert_true(tried >= 5);
    assert_true(found > 0);
}

/* What is found is printed as such, without the name that begins what goes to stderr. */
static void tables_that_were_cut_short_are_found(void **state)
{
    static struct tool_run run;

    (void)state;
    directory_copy(life_path(life, "data"), life_path(life, "harmed"));
    assert_int_equal(truncate(life_path(life, "harmed/data.mdb"), 4 * PAGE), 0);
    tool_run(life, &run, "check", life_path(life, "harmed"), NULL);
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.text, "is damaged"));
    assert_null(strstr(run.text, "backchannel: "));
}

static void a_payload_with_another_byte_is_found(void **state)
{
    char *data = NULL;
    const char *needle = "hello alice";
    off_t size = file_size(life_path(life, "data/data.mdb"));
    off_t at = 0;

    (void)state;
    data = file_read(life_path(life, "data/data.mdb"), 0);
    assert_non_null(data);
    while (at < size && memcmp(data + at, needle, strlen(needle)) != 0) {
        at++;
    }
    assert_true(at < size);
    free(data);
    overwrite("harmed/data.mdb", at, 'j', 1);
    tool_expect(life, 1, "checksum", "check", life_path(life, "harmed"), NULL);
}

static void a_journal_that_is_missing_or_damaged_is_found(void **state)
{
    (void)state;
    directory_copy(life_path(life, "data"), life_path(life, "harmed"));
    assert_int_equal(unlink(life_path(life, "harmed/journal.0")), 0);
    tool_expect(life, 1, "journal", "check", life_path(life, "harmed"), NULL);
    overwrite("harmed/journal.0", 4096 + 64, 0xA5, 8);
    tool_expect(life, 1, "is damaged, though", "check", life_path(life, "harmed"), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_was_overwritten_is_found_or_was_free),
        cmocka_unit_test(tables_that_were_cut_short_are_found),
        cmocka_unit_test(a_payload_with_another_byte_is_found),
        cmocka_unit_test(a_journal_that_is_missing_or_damaged_is_found),
    };

    return cmocka_run_group_tests(tests, life_begin, life_end);
}
