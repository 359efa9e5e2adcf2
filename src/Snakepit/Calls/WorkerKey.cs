namespace Snakepit.Calls;

/// <summary>The key of a worker: its slot, and its generation in the slot, from 1.</summary>
internal readonly record struct WorkerKey(int Slot, int Generation)
{
    public bool IsNone => Generation == 0;

    public override string ToString() => $"{Slot}#{Generation}";
}
