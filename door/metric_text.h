/* The answer to the verb `metrics`, in the text format that Prometheus reads. */
#ifndef BC_DOOR_METRIC_TEXT_H
#define BC_DOOR_METRIC_TEXT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>

/* Print a row of the answer, a metric with its samples. */
void bc_metric_print(FILE *out, const cJSON *row);

/* Print the one that whoever asks adds, answered or not: whether the broker answers. */
void bc_metric_print_up(FILE *out, bool up);

#endif
