using System.Globalization;
using System.Text;

namespace Snakepit.Bench.Measuring;

/// <summary>A journal of events with their times, in the order in which they were noticed. Thread-safe.</summary>
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

    /// <summary>Returns the entries of a period, one line each. A line begins with the ms since the beginning of the period.</summary>
    public string Between(DateTimeOffset from, DateTimeOffset to)
    {
        var text = new StringBuilder();
        IEnumerable<(DateTimeOffset, string)> entries = Copy()
            .Where(entry => entry.At >= from && entry.At <= to)
            .OrderBy(static entry => entry.At);
        foreach ((DateTimeOffset at, string what) in entries)
        {
            string indented = what.ReplaceLineEndings("\n             ");
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"{(at - from).TotalMilliseconds,9:0.0}  {indented}"));
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
