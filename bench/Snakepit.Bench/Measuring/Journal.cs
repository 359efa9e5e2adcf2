using System.Globalization;
using System.Text;

namespace Snakepit.Bench.Measuring;

/// <summary>What happened and when, in the order in which it was noticed. From any thread.</summary>
internal sealed class Journal
{
    private readonly Lock _gate = new();
    private readonly List<(DateTimeOffset At, string What)> _entries = [];

    public void Add(string what) => Add(TimeProvider.System.GetUtcNow(), what);

    public void Add(DateTimeOffset at, string what)
    {
        lock (_gate)
        {
            _entries.Add((at, what));
        }
    }

    /// <summary>The entries of a time, a line each, that begin with their distance from its beginning in ms.</summary>
    public string Between(DateTimeOffset from, DateTimeOffset to)
    {
        var text = new StringBuilder();
        foreach ((DateTimeOffset at, string what) in Copy().Where(entry => entry.At >= from && entry.At <= to).OrderBy(static entry => entry.At))
        {
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"{(at - from).TotalMilliseconds,9:0.0}  {what.ReplaceLineEndings("\n             ")}"));
        }
        return text.ToString();
    }

    public string All() => Copy() is [(DateTimeOffset first, _), ..] ? Between(first, DateTimeOffset.MaxValue) : "";

    private (DateTimeOffset At, string What)[] Copy()
    {
        lock (_gate)
        {
            return [.. _entries];
        }
    }
}
