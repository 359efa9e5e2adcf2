using System.Text;
using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

public sealed class MappedMemoryTests
{
    private const string Rollup = """
        55d02442d000-7ffc2f711000 ---p 00000000 00:00 0                          [rollup]
        Rss:              579540 kB
        Pss_Dirty:        419852 kB
        Shared_Clean:       3012 kB
        Shared_Dirty:     313336 kB
        Private_Clean:         0 kB
        Private_Dirty:    263192 kB
        Anonymous:        314394 kB
        LazyFree:             10 kB
        Swap:                  0 kB

        """;

    private const string Mappings = """
        7f0000000000-7f0010000000 rw-s 00000000 00:01 2055                       /memfd:segment (deleted)
        Size:             262144 kB
        Shared_Dirty:          0 kB
        Private_Dirty:    262144 kB
        Anonymous:             0 kB
        VmFlags: rd wr sh mr mw me ms sd
        7f0020000000-7f0030000000 rw-p 00000000 00:00 0
        Shared_Dirty:     313336 kB
        Private_Dirty:      1000 kB
        Anonymous:        314336 kB
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        Private_Dirty:        48 kB

        """;

    [Fact]
    public void Rollup_tells_that_written_pages_of_shared_mappings_are_among_the_private_ones()
    {
        MappedMemory memory = Read(Rollup);

        Assert.Equal((314_394L << 10, 10L << 10, 263_192L << 10), (memory.Anonymous, memory.LazyFree, memory.PrivateDirty));
        Assert.Equal(262_144L << 10, memory.DirtyInSharedMappings);
    }

    [Fact]
    public void Listed_mappings_count_unless_they_are_shared() => Assert.Equal(1_048L << 10, Read(Mappings).PrivateDirty);

    private static MappedMemory Read(string text)
    {
        MappedMemory memory = default;
        foreach (string line in text.Split('\n')) // in the smallest pieces
        {
            memory.Add(Encoding.ASCII.GetBytes(line + "\n"));
        }
        return memory;
    }
}
