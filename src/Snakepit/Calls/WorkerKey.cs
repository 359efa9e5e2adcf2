namespace Snakepit.Calls;

/// <summary>Names one worker: the slot and which of its generations, from 1.</summary>
internal readonly record struct WorkerKey(int Slot, int Generation)
{
    public bool IsNone => Generation == 0;

    public override string ToString() => $"{Slot}#{Generation}";
}
