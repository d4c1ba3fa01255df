# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= kernels/test_kernel_config kernels/test_fragment kernels/test_cache kernels/test_image_file
test-scripts	+= kernels/build.t kernels/userland.t
bench-programs	+=
fuzz-targets	+=
