using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>The entries that were posted to one worker and not written yet, in order. Not thread-safe.</summary>
internal sealed class PostedEntries
{
    private const int SmallFrame = 4_096;
    private readonly Queue<PostedEntry> _entries = new();
    private int _urgent;

    /// <summary>Calls that were sent before they were cancelled, with their numbers. They go first.</summary>
    public Queue<(CallKey Call, ulong Seq)> Cancelled { get; } = new();

    public int Count => _entries.Count;

    /// <summary>Whether there are only small calls: a worker that has other calls to run does not need them yet.</summary>
    public bool AreSmallCalls => _urgent == 0;

    public void Add(in PostedEntry entry)
    {
        _entries.Enqueue(entry);
        _urgent += IsUrgent(entry) ? 1 : 0;
    }

    public bool TryPeek(out PostedEntry first) => _entries.TryPeek(out first);

    public void RemoveFirst() => _urgent -= IsUrgent(_entries.Dequeue()) ? 1 : 0;

    /// <summary>Removes the calls and leaves the rest.</summary>
    public void TakeCalls(List<CallKey> calls)
    {
        for (int i = _entries.Count; i > 0; i--)
        {
            PostedEntry entry = _entries.Peek();
            RemoveFirst();
            if (entry.Type == FrameType.Call)
            {
                calls.Add(entry.Call.Key);
            }
            else
            {
                Add(entry);
            }
        }
    }

    public void Clear()
    {
        _entries.Clear();
        Cancelled.Clear();
        _urgent = 0;
    }

    private static bool IsUrgent(in PostedEntry entry) => entry.Type != FrameType.Call || entry.Call.Frame.Length > SmallFrame;
}
