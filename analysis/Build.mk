# SPDX-License-Identifier: GPL-2.0-or-later
analysis-objs := axes.o compare.o compare_env.o compare_print.o csv.o json_get.o jumpavg.o markdown.o plot.o plots.o plots_dist.o report.o report_html.o
analysis-objs += report_method.o report_profile.o report_style.o report_tables.o report_view.o results_point.o results_profile.o results_read.o text.o verdict.o
analysis-objs += kernel_config.o kernel_config_diff.o compare_kernel.o
