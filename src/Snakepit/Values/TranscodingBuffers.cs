using System.Text.Json;

namespace Snakepit.Values;

/// <summary>What it takes to turn one codec's bytes into the other's.</summary>
internal sealed class TranscodingBuffers
{
    [ThreadStatic]
    private static TranscodingBuffers? t_idle;

    private TranscodingBuffers() =>
        Writer = new Utf8JsonWriter(Json, new JsonWriterOptions { Encoder = WireEncoder.Instance, SkipValidation = true });

    public PooledBuffer Json { get; } = new();

    public PooledBuffer Marshal { get; } = new();

    /// <summary>Writes to <see cref="Json"/>. It takes more levels than a message may have: what json tags is one deeper there.</summary>
    public Utf8JsonWriter Writer { get; }

    /// <param name="limit">How many bytes of marshal there may be. Of json, six times that, which nothing passes: False and a control
    /// character, of one byte each, take six there.</param>
    public static TranscodingBuffers Rent(int limit = int.MaxValue)
    {
        // Taken out while in use: a user's converter may come back here.
        TranscodingBuffers buffers = t_idle ?? new TranscodingBuffers();
        t_idle = null;
        buffers.Marshal.Limit = limit;
        buffers.Json.Limit = (int)Math.Min(6L * limit, int.MaxValue);
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
