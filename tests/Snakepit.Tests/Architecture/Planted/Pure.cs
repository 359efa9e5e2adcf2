using System.Diagnostics;

namespace Snakepit.Tests.Architecture.Planted;

/// <summary>Contains what a kernel may do.</summary>
internal sealed class Pure
{
    private const long Never = long.MaxValue;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private readonly List<(int Slot, long Due)> _due = [];

    private static ReadOnlySpan<int> Weights => [1, 2, 4, 8, 16];

    public long Next(int slot, ReadOnlySpan<long> times)
    {
        Debug.Assert(slot >= 0, "slots are numbered from 0");
        foreach (long time in times)
        {
            _due.Add((slot, time + s_pause.Ticks));
        }
        _due.Sort((left, right) => left.Due.CompareTo(right.Due));
        return _due.Count == 0 ? Never : Math.Max(_due[0].Due, Weights[slot]);
    }

    public string Describe(int kind) => kind switch
    {
        0 => $"{_due.Count} due",
        1 => "none",
        _ => throw new UnreachableException(),
    };
}
