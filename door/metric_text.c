#include "door/metric_text.h"

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text != NULL ? text : "";
}

/* In a label's value these three are escaped. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            (void)fputs("\\n", out);
        } else {
            (void)fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
        }
    }
}

static void put_head(FILE *out, const char *name, const char *kind, const char *help)
{
    (void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

void bc_metric_print(FILE *out, const cJSON *row)
{
    const char *name = text_of(row, "name");
    const cJSON *sample;

    put_head(out, name, text_of(row, "kind"), text_of(row, "help"));
    cJSON_ArrayForEach(sample, cJSON_GetObjectItemCaseSensitive(row, "samples"))
    {
        const char *label = text_of(sample, "label");

        (void)fprintf(out, "%s%s", name, text_of(sample, "suffix"));
        if (label[0] != '\0') {
            (void)fprintf(out, "{%s=\"", label);
            put_escaped(out, text_of(sample, "of"));
            (void)fputs("\"}", out);
        }
        (void)fprintf(out, " %.17g\n",
            cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(sample, "value")));
    }
}

void bc_metric_print_up(FILE *out, bool up)
{
    put_head(out, "backchannel_up", "gauge", "1 if the broker answers.");
    (void)fprintf(out, "backchannel_up %d\n", up ? 1 : 0);
}
