using Snakepit.Python;

namespace Snakepit.Tests.Python;

public sealed class ComplaintTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData(" \n\n", null)]
    [InlineData("broken\n", "broken")]
    [InlineData(
        "pyenv: python3.12: command not found\n\nThe `python3.12' command exists in these Python versions:\n  3.12.1\n\n"
            + "Note: See 'pyenv help global' for tips on allowing both\n      python2 and python3 to be found.\n",
        "pyenv: python3.12: command not found")]
    [InlineData(
        "No version is set for command python3\r\n"
            + "Consider adding one of the following versions in your config file at /srv/.tool-versions\r\npython 3.11.4\r\n",
        "No version is set for command python3")]
    [InlineData(
        "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nModuleNotFoundError: No module named 'json'\n",
        "ModuleNotFoundError: No module named 'json'")]
    [InlineData(
        "Could not find platform independent libraries <prefix>\n"
            + "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding\n"
            + "Python runtime state: core initialized\nModuleNotFoundError: No module named 'encodings'\n\n"
            + "Current thread 0x00007f (most recent call first):\n  <no Python frame>\n",
        "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding")]
    public void Find_gives_the_line_that_says_what_is_wrong(string output, string? expected) =>
        Assert.Equal(expected, Complaint.Find(output));

    [Fact]
    public void Find_cuts_a_line_that_is_too_long() => Assert.Equal(new string('x', 199) + "…", Complaint.Find(new string('x', 10_000)));
}
