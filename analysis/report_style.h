/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_style.h - the page's style sheet. Colours are variables with a value
 * for light and one for dark; the plots use the same ones (plot.c). No '<' and
 * no '&': the page is XML.
 */
#ifndef KPPS_REPORT_STYLE_H
#define KPPS_REPORT_STYLE_H

extern const char report_style[];

#endif
