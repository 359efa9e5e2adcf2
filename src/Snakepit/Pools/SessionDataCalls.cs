using System.Buffers;
using System.Text;
using System.Text.Json;
using Snakepit.Tools;

namespace Snakepit.Pools;

/// <summary>Answers what Python asks of the data of its session. It asks as it calls host tools, by a name that no host tool has.</summary>
internal sealed class SessionDataCalls(SessionDataDesk desk)
{
    public const string Tool = "__snakepit_session_data__";

    /// <summary>Returns the answer as JSON: of a get, the version and the value as JSON text; of a set, the version.</summary>
    public async Task<byte[]> AnswerAsync(JsonHostCall call, CancellationToken cancellation)
    {
        SessionRecord session = call.Of.Session
            ?? throw new InvalidOperationException("ctx.session.data works in the calls of a session only.");
        string operation = call.Get<string>(0);
        string name = call.Get<string>(1);
        switch (operation)
        {
            case "get":
                StoredSessionValue? stored =
                    await desk.ReadAsync(desk.BeginInCall(session), name, cancellation).ConfigureAwait(false);
                return Write(json =>
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(stored?.Version ?? 0);
                    json.WriteStringValue(stored is { } found ? found.Value.Span : default);
                    json.WriteEndArray();
                });
            case "set":
                byte[] value = Encoding.UTF8.GetBytes(call.Get<string>(2));
                long? expected = call.Get<long?>(3);
                long version = await desk.WriteAsync(desk.BeginInCall(session), name, value, expected, cancellation)
                    .ConfigureAwait(false);
                return Write(json => json.WriteNumberValue(version));
            case "remove":
                long? present = call.Get<long?>(2);
                bool wasThere = await desk.RemoveAsync(desk.BeginInCall(session), name, present, cancellation).ConfigureAwait(false);
                return Write(json => json.WriteBooleanValue(wasThere));
            default:
                throw new InvalidOperationException($"There is no operation '{Shown.Text(operation)}' of session data.");
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }
        return buffer.WrittenSpan.ToArray();
    }
}
