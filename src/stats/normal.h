/* The standard normal distribution. Pure. */
#ifndef PP_STATS_NORMAL_H
#define PP_STATS_NORMAL_H

/* The share of a standard normal distribution that lies below `z`: erfc(-z / sqrt 2) / 2 (NIST Digital Library of
 * Mathematical Functions, 7.17). Its relative error stays near that of erfc in the lower tail too. */
double pp_normal_cdf(double z);

/* The value below which the share `p` of a standard normal distribution lies, p from 0 (minus infinity) to 1
 * (infinity); NaN outside. Within 1e-14 of the exact value, or 1e-14 of it where that is more. */
double pp_normal_quantile(double p);

#endif
