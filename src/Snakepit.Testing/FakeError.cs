using System.Buffers;
using System.Text.Json;

namespace Snakepit.Testing;

/// <summary>Converts .NET exceptions into Python ones, for ERROR frames and failed starts.</summary>
internal static class FakeError
{
    public static ToolError Describe(Exception error) => error is FakeToolException fake
        ? new ToolError
        {
            Type = fake.Type,
            Module = fake.Module,
            Bases = fake.Bases,
            Message = fake.Message,
            Traceback = $"Traceback (most recent call last):\n{fake.Type}: {fake.Message}\n",
        }
        : new ToolError
        {
            // Any other exception is a mistake in the test: it keeps its own name and stack trace.
            Type = error.GetType().Name,
            Module = error.GetType().Namespace ?? "",
            Bases = ["Exception", "BaseException"],
            Message = error.Message,
            Traceback = error.ToString(),
        };

    /// <summary>Encodes the body of an ERROR frame.</summary>
    public static ReadOnlySpan<byte> Encode(Exception exception)
    {
        ToolError error = Describe(exception);
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("type", error.Type);
        json.WriteString("module", error.Module);
        json.WriteStartArray("bases");
        foreach (string name in error.Bases)
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
        json.WriteString("message", error.Message);
        json.WriteString("traceback", error.Traceback);
        json.WriteEndObject();
        json.Flush();
        return body.WrittenSpan;
    }
}
