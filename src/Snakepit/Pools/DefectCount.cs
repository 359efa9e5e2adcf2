namespace Snakepit.Pools;

/// <summary>Counts the defects that have cost the pool a kernel, within a window of time.</summary>
internal sealed class DefectCount(long window)
{
    /// <summary>The number of defects that is too many.</summary>
    public const int Most = 3;

    private readonly Queue<long> _times = new(Most);

    /// <summary>Whether there were too many within the window. It never becomes false again.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>The description of the last defect.</summary>
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

    /// <summary>Counts as too many, because no kernel can continue.</summary>
    public void Exceed() => IsExceeded = true;
}
