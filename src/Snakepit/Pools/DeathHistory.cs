namespace Snakepit.Pools;

/// <summary>The last ends of workers that were not planned. Those that the pool brought about itself, by killing workers whose calls
/// ignore their cancellation or that take too much memory, come by the dozen; crashes do not go for their sake, nor the other way round:
/// each kind keeps half of the places.</summary>
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

    /// <summary>The latest first.</summary>
    public DeathReport[] ToArray() => [.. Enumerable.Reverse(_deaths)];

    private static bool IsKill(DeathReport death) => death.KilledBecause is not null;
}
