namespace Snakepit.Pools;

/// <summary>Counts the defects that have cost the pool a kernel, within a window of time.</summary>
internal sealed class DefectCount(long window)
{
    /// <summary>So many are too many.</summary>
    public const int Most = 3;

    private readonly Queue<long> _times = new(Most);

    /// <summary>There were too many within the window. That never changes back.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>What the last one was.</summary>
    public string Last { get; private set; } = "";

    public void Add(long now, Exception error)
    {
        Last = Shown.Headline(error);
        while (_times.TryPeek(out long oldest) && (_times.Count == Most || now - oldest > window))
        {
            _times.Dequeue();
        }
        _times.Enqueue(now);
        IsExceeded |= _times.Count == Most;
    }

    /// <summary>No kernel can go on: counts as too many.</summary>
    public void Exceed() => IsExceeded = true;
}
