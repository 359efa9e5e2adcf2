using System.Collections;
using System.Globalization;
using System.Text;

namespace Snakepit.Telemetry;

/// <summary>
/// The state of a log record of Python code: a line that it printed, a record that it logged, or a warning. A property without a value is
/// left out, and the template has those that the text shows, so that a provider may render either.
/// </summary>
internal sealed class PythonMessage : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly List<KeyValuePair<string, object?>> _properties = new(8);
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _template = new();

    /// <summary>Creates the state of a line that was printed.</summary>
    public PythonMessage(WorkerId worker, string line, string? tool, OutputShare? share)
        : this(worker, share)
    {
        Show("Line", line, ": ");
        Add("Tool", tool);
        Complete();
    }

    /// <summary>Creates the state of a record or a warning.</summary>
    public PythonMessage(WorkerId worker, PythonRecord record, SpanIds? span, OutputShare? share)
        : this(worker, share)
    {
        if (record.Category is not null)
        {
            Show("File", record.File, ": ");
            Show("LineNumber", record.Line, ":");
            Show("Category", record.Category, ": ");
        }
        Show("Logger", record.Logger, ": ");
        Show("Text", record.Message, ": ");
        Show("Exception", record.Exception, "\n");
        Add("Tool", record.Tool);
        Add("Session", record.Session);
        Add("TraceId", span?.Trace.ToHexString());
        Add("SpanId", span?.Span.ToHexString());
        Complete();
    }

    private PythonMessage(WorkerId worker, OutputShare? share)
    {
        Share = share;
        Show("Worker", worker, "");
    }

    /// <summary>What the output of the worker takes of the queue; null when it is not counted.</summary>
    public OutputShare? Share { get; }

    public int Count => _properties.Count;

    public KeyValuePair<string, object?> this[int index] => _properties[index];

    /// <summary>Formats the state for a logger.</summary>
    public static string Format(PythonMessage message, Exception? exception) => message.ToString();

    public override string ToString() => _text.ToString();

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Show(string name, object? value, string separator)
    {
        if (value is not null)
        {
            Add(name, value);
            _text.Append(separator).Append(CultureInfo.InvariantCulture, $"{value}");
            _template.Append(separator).Append('{').Append(name).Append('}');
        }
    }

    private void Add(string name, object? value)
    {
        if (value is not null)
        {
            _properties.Add(new(name, value));
        }
    }

    private void Complete() => _properties.Add(new("{OriginalFormat}", _template.ToString()));
}
