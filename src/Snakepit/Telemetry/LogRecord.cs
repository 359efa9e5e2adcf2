using Microsoft.Extensions.Logging;

namespace Snakepit.Telemetry;

/// <summary>A record for a log.</summary>
internal sealed class LogRecord<TState> : TelemetryRecord
{
    private const int LeastText = 64;
    private readonly ILogger _logger;
    private readonly LogLevel _level;
    private readonly EventId _id;
    private readonly TState _state;
    private readonly Exception? _exception;
    private readonly Func<TState, Exception?, string> _formatter;

    public LogRecord(
        ILogger logger, LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _logger = logger;
        _level = level;
        _id = id;
        _state = state;
        _exception = exception;
        _formatter = formatter;
        Share = state is PythonMessage message ? message.Share : null;
        Text = EventIds.IsOutput(id.Id) ? LeastText + LengthOf(state) : 0;
    }

    protected override void Write()
    {
        if (_logger.IsEnabled(_level))
        {
            _logger.Log(_level, _id, _state, _exception, _formatter);
        }
    }

    private static int LengthOf(TState state)
    {
        int length = 0;
        if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            for (int i = 0; i < values.Count; i++)
            {
                length += (values[i].Value as string)?.Length ?? 0;
            }
        }
        return length;
    }
}
