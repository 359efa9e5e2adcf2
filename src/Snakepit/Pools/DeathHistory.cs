namespace Snakepit.Pools;

/// <summary>
/// The last unplanned ends of workers. The pool may kill dozens of workers, because their calls ignore a cancellation or they take too much
/// memory. These kills and crashes do not displace one another: each kind keeps half of the entries.
/// </summary>
internal sealed class DeathHistory
{
    public const int Capacity = 16;

    private readonly List<DeathReport> _deaths = new(Capacity);

    public void Add(DeathReport death)
    {
        if (_deaths.Count == Capacity)
        {
            bool isMoreThanHalf = _deaths.FindAll(known => IsKill(known) == IsKill(death)).Count >= Capacity / 2;
            _deaths.RemoveAt(_deaths.FindIndex(known => IsKill(known) == IsKill(death) == isMoreThanHalf));
        }
        _deaths.Add(death);
    }

    /// <summary>Returns the reports, the latest first.</summary>
    public DeathReport[] ToArray() => [.. Enumerable.Reverse(_deaths)];

    private static bool IsKill(DeathReport death) => death.KilledBecause is not null;
}
