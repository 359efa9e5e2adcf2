namespace Snakepit.Calls;

/// <summary>
/// The key of a call: the table index in the low half, a version in the high half. Also its id on the wire. 0 stands for no call.
/// </summary>
internal readonly record struct CallKey(ulong Value)
{
    public int Index => (int)(uint)Value;

    public uint Version => (uint)(Value >> 32);

    public bool IsNone => Value == 0;

    public static CallKey Create(int index, uint version) => new(((ulong)version << 32) | (uint)index);

    public override string ToString() => $"call {Index}.{Version}";
}
