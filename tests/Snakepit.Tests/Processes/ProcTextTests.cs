using System.Text;
using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

public sealed class ProcTextTests
{
    // 250 minor and 4 major page faults, 123 + 77 hundredths of a second of processor time.
    private static ReadOnlySpan<byte> Stat =>
        "4711 (a) S (b) R 4700 4711 4600 0 -1 4194304 250 9999 4 88 123 77 50 60 20 0 1 0 2313501 3133440 389 18446744073709551615 1 1\n"u8;

    [Fact]
    public void ResidentPages_are_those_of_no_file() =>
        Assert.Equal(79_349 - 753, ProcText.ResidentPages("81035 79349 753 1 0 78865 0\n"u8));

    [Fact]
    public void ResidentPages_of_an_ended_process_are_unknown()
    {
        Assert.Null(ProcText.ResidentPages("0 0 0 0 0 0 0\n"u8));
        Assert.Null(ProcText.ResidentPages(""u8));
        Assert.Null(ProcText.ResidentPages("12 13"u8));
    }

    [Fact]
    public void Usage_is_found_behind_a_name_with_blanks_and_brackets() =>
        Assert.Equal(new ProcessUsage(TimeSpan.FromSeconds(2), 254, 1), ProcText.Usage(Stat));

    [Fact]
    public void Family_is_found_behind_a_name_with_blanks_and_brackets() =>
        Assert.Equal(new ProcessFamily(4711, 4711, 4600), ProcText.Family(4711, Stat));

    [Theory]
    [InlineData("Name:\tpython\nSigBlk:\t0\nSigCgt:\t0800000000000002\nCapInh:\t0\n", true)]
    [InlineData("Name:\tpython\nSigIgn:\t0800000000000000\nSigCgt:\t0400000000000002\n", false)]
    [InlineData("Name:\tpython\n", false)]
    [InlineData("", false)]
    public void Handles_reads_the_mask_of_handled_signals(string status, bool handles) =>
        Assert.Equal(handles, ProcText.Handles(Encoding.ASCII.GetBytes(status), signal: 60));

    [Theory]
    [InlineData("")]
    [InlineData("4711 (python")]
    [InlineData("4711 (python) R 1 2")]
    public void What_was_cut_off_is_unknown(string text)
    {
        byte[] stat = System.Text.Encoding.ASCII.GetBytes(text);

        Assert.Null(ProcText.Usage(stat));
        Assert.Null(ProcText.Family(1, stat));
    }

    [Fact]
    public void Kilobytes_are_found_by_the_whole_name()
    {
        ReadOnlySpan<byte> status = "VmSwapX:\t 1 kB\nVmSwap:\t    2048 kB\nThreads:\t3\n"u8;

        Assert.Equal(2048 * 1024, ProcText.Kilobytes(status, "VmSwap:"u8));
        Assert.Null(ProcText.Kilobytes(status, "VmRSS:"u8));
    }
}
