using System.Numerics;

namespace Snakepit.Pools.Kernel;

/// <summary>A set of slot numbers that is enumerated in order: a bit for each number, and a bit for each word that is not empty.</summary>
internal sealed class SlotSet
{
    private const int WordBits = 64;
    private ulong[] _words = [];
    private ulong[] _filled = [];

    public int Count { get; private set; }

    public void Grow(int slots)
    {
        Array.Resize(ref _words, (slots + WordBits - 1) / WordBits);
        Array.Resize(ref _filled, (_words.Length + WordBits - 1) / WordBits);
    }

    public bool Contains(int slot) => (_words[slot / WordBits] & (1UL << (slot % WordBits))) != 0;

    public void Add(int slot)
    {
        int word = slot / WordBits;
        _words[word] |= 1UL << (slot % WordBits);
        _filled[word / WordBits] |= 1UL << (word % WordBits);
        Count++;
    }

    public void Remove(int slot)
    {
        int word = slot / WordBits;
        _words[word] &= ~(1UL << (slot % WordBits));
        if (_words[word] == 0)
        {
            _filled[word / WordBits] &= ~(1UL << (word % WordBits));
        }
        Count--;
    }

    /// <summary>Returns the lowest number from <paramref name="slot"/> on; -1 when there is none.</summary>
    public int Next(int slot)
    {
        int word = slot / WordBits;
        if (Count == 0 || word >= _words.Length)
        {
            return -1;
        }
        if ((_words[word] & (ulong.MaxValue << (slot % WordBits))) is var bits and not 0)
        {
            return (word * WordBits) + BitOperations.TrailingZeroCount(bits);
        }
        word++;
        ulong mask = ulong.MaxValue << (word % WordBits);
        for (int group = word / WordBits; group < _filled.Length; group++, mask = ulong.MaxValue)
        {
            if ((_filled[group] & mask) is var filled and not 0)
            {
                word = (group * WordBits) + BitOperations.TrailingZeroCount(filled);
                return (word * WordBits) + BitOperations.TrailingZeroCount(_words[word]);
            }
        }
        return -1;
    }
}
