using System.Text.Json;

namespace Snakepit.Values;

/// <summary>The buffers for translation between the codecs.</summary>
internal sealed class TranscodingBuffers
{
    [ThreadStatic]
    private static TranscodingBuffers? t_idle;

    private TranscodingBuffers() =>
        Writer = new Utf8JsonWriter(Json, new JsonWriterOptions { Encoder = WireEncoder.Instance, SkipValidation = true });

    public PooledBuffer Json { get; } = new();

    public PooledBuffer Marshal { get; } = new();

    /// <summary>
    /// Writes to <see cref="Json"/>. It allows more levels than a message may have, because a tagged value is one level deeper in JSON.
    /// </summary>
    public Utf8JsonWriter Writer { get; }

    /// <param name="limit">
    /// The maximum size of the marshal data in bytes. That of JSON follows from the value that grows most: an empty array of bytes takes
    /// five bytes in marshal, and with its comma 32 in JSON. A control character of one byte takes six.
    /// </param>
    public static TranscodingBuffers Rent(int limit = int.MaxValue)
    {
        // The buffers are removed while they are in use, because a user's converter may call this method again.
        TranscodingBuffers buffers = t_idle ?? new TranscodingBuffers();
        t_idle = null;
        buffers.Marshal.Limit = limit;
        buffers.Json.Limit = (int)Math.Min(32L * limit / 5, int.MaxValue);
        return buffers;
    }

    public void Return()
    {
        Json.Clear();
        Marshal.Clear();
        Writer.Reset();
        t_idle = this;
    }
}
