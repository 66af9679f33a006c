// The layers as XLA calls them: buffers in and out, with a check of their shapes. Needs jaxlib's
// headers.
//
// Arguments of an LSTM: x (batch, frames, inputs), kernel (inputs, 4 units), recurrent (units, 4
// units), bias (4 units), lengths int32 (batch); attribute reverse. `score` returns y alone;
// `forward` also returns the gates and cells. `backward` takes all of these and dy, and returns dx
// and the gradients of the weights. It does not compute dx if the buffer of dx is empty.
//
// Arguments of a convolution: x (batch, frames, inputs), then the kernel (size, inputs, outputs) or
// dy (batch, frames, outputs); attribute before, the frames of zeros in front. It returns y (batch,
// frames, outputs) or the gradient of the kernel. A block also takes factor and shift (outputs),
// lengths int32 (batch) and the attributes pool and magnitude, and returns (batch, frames / pool,
// outputs).
//
// Arguments of a convolution over a map: x (batch, bands, frames, inputs), then the kernel (bands,
// 3, inputs, outputs) or dy (batch, bands, frames, outputs); attributes top and left, the zeros
// in front. It returns y, whose size says how many zeros follow, or the gradient of the kernel. A
// block also takes factor and shift (outputs), a map that is added, which may be empty, and the
// attributes frames (of y before pooling), selu and pool.
#include "ffi.h"

#include <atomic>
#include <cstdint>

#include "conv.h"
#include "lstm.h"
#include "map.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

std::atomic<int> threads{1}, lanes{8};

using F4 = ffi::Buffer<ffi::F32, 4>;
using F3 = ffi::Buffer<ffi::F32, 3>;
using F2 = ffi::Buffer<ffi::F32, 2>;
using F1 = ffi::Buffer<ffi::F32, 1>;
using I1 = ffi::Buffer<ffi::S32, 1>;

ffi::Error describe(lstm_layer *layer, F3 x, F2 kernel, F2 recurrent, F1 bias, I1 lengths,
                    bool reverse)
{
    const auto input = x.dimensions();
    const int64_t units = recurrent.dimensions()[0], gates = 4 * units;
    if (kernel.dimensions()[0] != input[2] || kernel.dimensions()[1] != gates ||
        recurrent.dimensions()[1] != gates || bias.dimensions()[0] != gates ||
        lengths.dimensions()[0] != input[0] || units % LSTM_UNITS != 0)
        return ffi::Error::InvalidArgument("The shapes of an LSTM layer do not match.");
    *layer = {input[0],
              input[1],
              input[2],
              units,
              reverse,
              lanes,
              lengths.typed_data(),
              x.typed_data(),
              kernel.typed_data(),
              recurrent.typed_data(),
              bias.typed_data()};
    return ffi::Error::Success();
}

ffi::Error to_error(int status)
{
    if (status == 0) return ffi::Error::Success();
    return ffi::Error(ffi::ErrorCode::kResourceExhausted,
                      "There is no memory for the weights of a layer.");
}

ffi::Error score(F3 x, F2 kernel, F2 recurrent, F1 bias, I1 lengths, ffi::Result<F3> y,
                 bool reverse)
{
    lstm_layer layer;
    ffi::Error error = describe(&layer, x, kernel, recurrent, bias, lengths, reverse);
    if (error.failure()) return error;
    const lstm_outputs out = {y->typed_data(), nullptr, nullptr};
    return to_error(lstm_forward(&layer, &out, threads));
}

ffi::Error forward(F3 x, F2 kernel, F2 recurrent, F1 bias, I1 lengths, ffi::Result<F3> y,
                   ffi::Result<F3> gates, ffi::Result<F3> cells, bool reverse)
{
    lstm_layer layer;
    ffi::Error error = describe(&layer, x, kernel, recurrent, bias, lengths, reverse);
    if (error.failure()) return error;
    const lstm_outputs out = {y->typed_data(), gates->typed_data(), cells->typed_data()};
    return to_error(lstm_forward(&layer, &out, threads));
}

ffi::Error backward(F3 x, F2 kernel, F2 recurrent, F1 bias, I1 lengths, F3 y, F3 gates, F3 cells,
                    F3 dy, ffi::Result<F3> dx, ffi::Result<F2> d_kernel,
                    ffi::Result<F2> d_recurrent, ffi::Result<F1> d_bias, bool reverse)
{
    lstm_layer layer;
    ffi::Error error = describe(&layer, x, kernel, recurrent, bias, lengths, reverse);
    if (error.failure()) return error;
    const lstm_outputs kept = {y.typed_data(), gates.typed_data(), cells.typed_data()};
    float *d_input = dx->element_count() > 0 ? dx->typed_data() : nullptr;
    const lstm_gradients out = {dy.typed_data(), d_input, d_kernel->typed_data(),
                                d_recurrent->typed_data(), d_bias->typed_data()};
    return to_error(lstm_backward(&layer, &kept, &out, threads));
}

bool describe(conv_layer *layer, F3 x, F3 kernel, F3 y, int64_t before, int64_t pool = 1)
{
    const auto input = x.dimensions(), weights = kernel.dimensions(), out = y.dimensions();
    *layer = {input[0], input[1], input[2], weights[2], weights[0], before, lanes, x.typed_data()};
    return weights[1] == input[2] && pool > 0 && out[0] == input[0] && out[1] == input[1] / pool &&
           out[2] == weights[2] && before >= 0 && before < weights[0];
}

ffi::Error bad_convolution()
{
    return ffi::Error::InvalidArgument("The shapes of a convolution do not match.");
}

ffi::Error convolve(F3 x, F3 kernel, ffi::Result<F3> y, int64_t before)
{
    conv_layer layer;
    if (!describe(&layer, x, kernel, *y, before)) return bad_convolution();
    return to_error(conv_forward(&layer, kernel.typed_data(), nullptr, y->typed_data(), threads));
}

ffi::Error convolve_block(F3 x, F3 kernel, F1 factor, F1 shift, I1 lengths, ffi::Result<F3> y,
                          int64_t before, int64_t pool, bool magnitude)
{
    conv_layer layer;
    if (!describe(&layer, x, kernel, *y, before, pool) || factor.dimensions()[0] != layer.outputs ||
        shift.dimensions()[0] != layer.outputs || lengths.dimensions()[0] != layer.batch)
        return bad_convolution();
    const conv_block block = {factor.typed_data(), shift.typed_data(), magnitude,
                              lengths.typed_data(), pool};
    return to_error(conv_forward(&layer, kernel.typed_data(), &block, y->typed_data(), threads));
}

ffi::Error convolution_gradient(F3 x, F3 dy, ffi::Result<F3> d_kernel, int64_t before)
{
    conv_layer layer;
    if (!describe(&layer, x, *d_kernel, dy, before)) return bad_convolution();
    return to_error(conv_gradient(&layer, dy.typed_data(), d_kernel->typed_data(), threads));
}

bool describe(map_layer *layer, F4 x, F4 kernel, F4 y, int64_t out_frames, int64_t top,
              int64_t left)
{
    const auto input = x.dimensions(), size = kernel.dimensions(), out = y.dimensions();
    *layer = {input[0], input[1], input[2], input[3], out[1], out_frames,
              size[3],  size[0],  top,      left,     lanes,  x.typed_data()};
    return size[0] <= MAP_TALL && size[1] == MAP_FRAMES && size[2] == input[3] &&
           out[0] == input[0] && out[3] == size[3] && top >= 0 && top < size[0] && left >= 0 &&
           left < size[1] && out[1] < input[1] + size[0] && out_frames < input[2] + size[1];
}

ffi::Error convolve_map(F4 x, F4 kernel, ffi::Result<F4> y, int64_t top, int64_t left)
{
    map_layer layer;
    if (!describe(&layer, x, kernel, *y, y->dimensions()[2], top, left)) return bad_convolution();
    return to_error(map_forward(&layer, kernel.typed_data(), nullptr, y->typed_data(), threads));
}

ffi::Error convolve_map_block(F4 x, F4 kernel, F1 factor, F1 shift, F4 added, ffi::Result<F4> y,
                              int64_t top, int64_t left, int64_t frames, bool selu, int64_t pool)
{
    map_layer layer;
    if (!describe(&layer, x, kernel, *y, frames, top, left) || pool < 1 ||
        MAP_SEGMENT % pool != 0 || y->dimensions()[2] != frames / pool ||
        factor.dimensions()[0] != layer.outputs || shift.dimensions()[0] != layer.outputs)
        return bad_convolution();
    const bool adds = added.element_count() > 0;
    if (adds && static_cast<int64_t>(added.element_count()) !=
                    layer.batch * layer.out_bands * frames * layer.outputs)
        return bad_convolution();
    const map_block block = {factor.typed_data(), shift.typed_data(), selu,
                             adds ? added.typed_data() : nullptr, pool};
    return to_error(map_forward(&layer, kernel.typed_data(), &block, y->typed_data(), threads));
}

ffi::Error map_kernel_gradient(F4 x, F4 dy, ffi::Result<F4> d_kernel, int64_t top, int64_t left)
{
    map_layer layer;
    if (!describe(&layer, x, *d_kernel, dy, dy.dimensions()[2], top, left))
        return bad_convolution();
    return to_error(map_gradient(&layer, dy.typed_data(), d_kernel->typed_data(), threads));
}

auto layer_arguments()
{
    return ffi::Ffi::Bind().Arg<F3>().Arg<F2>().Arg<F2>().Arg<F1>().Arg<I1>();
}

XLA_FFI_DEFINE_HANDLER(score_handler, score, layer_arguments().Ret<F3>().Attr<bool>("reverse"));

XLA_FFI_DEFINE_HANDLER(forward_handler, forward,
                       layer_arguments().Ret<F3>().Ret<F3>().Ret<F3>().Attr<bool>("reverse"));

XLA_FFI_DEFINE_HANDLER(backward_handler, backward,
                       layer_arguments()
                           .Arg<F3>()
                           .Arg<F3>()
                           .Arg<F3>()
                           .Arg<F3>()
                           .Ret<F3>()
                           .Ret<F2>()
                           .Ret<F2>()
                           .Ret<F1>()
                           .Attr<bool>("reverse"));

XLA_FFI_DEFINE_HANDLER(convolve_handler, convolve,
                       ffi::Ffi::Bind().Arg<F3>().Arg<F3>().Ret<F3>().Attr<int64_t>("before"));

XLA_FFI_DEFINE_HANDLER(convolve_block_handler, convolve_block,
                       ffi::Ffi::Bind()
                           .Arg<F3>()
                           .Arg<F3>()
                           .Arg<F1>()
                           .Arg<F1>()
                           .Arg<I1>()
                           .Ret<F3>()
                           .Attr<int64_t>("before")
                           .Attr<int64_t>("pool")
                           .Attr<bool>("magnitude"));

XLA_FFI_DEFINE_HANDLER(convolution_gradient_handler, convolution_gradient,
                       ffi::Ffi::Bind().Arg<F3>().Arg<F3>().Ret<F3>().Attr<int64_t>("before"));

XLA_FFI_DEFINE_HANDLER(
    convolve_map_handler, convolve_map,
    ffi::Ffi::Bind().Arg<F4>().Arg<F4>().Ret<F4>().Attr<int64_t>("top").Attr<int64_t>("left"));

XLA_FFI_DEFINE_HANDLER(map_block_handler, convolve_map_block,
                       ffi::Ffi::Bind()
                           .Arg<F4>()
                           .Arg<F4>()
                           .Arg<F1>()
                           .Arg<F1>()
                           .Arg<F4>()
                           .Ret<F4>()
                           .Attr<int64_t>("top")
                           .Attr<int64_t>("left")
                           .Attr<int64_t>("frames")
                           .Attr<bool>("selu")
                           .Attr<int64_t>("pool"));

XLA_FFI_DEFINE_HANDLER(
    map_gradient_handler, map_kernel_gradient,
    ffi::Ffi::Bind().Arg<F4>().Arg<F4>().Ret<F4>().Attr<int64_t>("top").Attr<int64_t>("left"));

} // namespace

void spoofjax_layers_use(int threads_of_a_pass, int lanes_of_a_vector)
{
    threads = threads_of_a_pass;
    lanes = lanes_of_a_vector;
}
void *spoofjax_lstm_score_handler(void) { return reinterpret_cast<void *>(score_handler); }
void *spoofjax_lstm_forward_handler(void) { return reinterpret_cast<void *>(forward_handler); }
void *spoofjax_lstm_backward_handler(void) { return reinterpret_cast<void *>(backward_handler); }
void *spoofjax_conv_forward_handler(void) { return reinterpret_cast<void *>(convolve_handler); }
void *spoofjax_conv_block_handler(void) { return reinterpret_cast<void *>(convolve_block_handler); }
void *spoofjax_conv_gradient_handler(void)
{
    return reinterpret_cast<void *>(convolution_gradient_handler);
}
void *spoofjax_map_forward_handler(void) { return reinterpret_cast<void *>(convolve_map_handler); }
void *spoofjax_map_block_handler(void) { return reinterpret_cast<void *>(map_block_handler); }
void *spoofjax_map_gradient_handler(void) { return reinterpret_cast<void *>(map_gradient_handler); }
