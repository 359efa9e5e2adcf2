using Snakepit.Python;

namespace Snakepit.Tests.Python;

/// <summary>Lines as pip 23 to 24, uv 0.4 to 0.5 and Debian's venv write them.</summary>
public sealed class InstallProblemTests
{
    [Theory]
    [InlineData(
        "Collecting acme==9\nERROR: Could not find a version that satisfies the requirement acme==9 (from versions: 1.0, 2.0)\n"
            + "ERROR: No matching distribution found for acme==9",
        "Could not find a version that satisfies the requirement acme==9 (from versions: 1.0, 2.0).", "Correct the requirement")]
    [InlineData(
        "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection."
            + "HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 101] "
            + "Network is unreachable')': /simple/acme/\n"
            + "ERROR: Could not find a version that satisfies the requirement acme (from versions: none)",
        "The index of packages cannot be reached: Failed to establish a new connection: [Errno "
            + "101] Network is unreachable.", "PIP_INDEX_URL")]
    [InlineData(
        "The virtual environment was not created successfully because ensurepip is not\navailable.  On Debian/Ubuntu systems, you need to"
            + " install the python3-venv\nError: /usr/bin/python3: No module named ensurepip",
        "The interpreter cannot make an environment with pip: its ensurepip is missing.", "apt-get install python3-venv")]
    [InlineData(
        "/usr/bin/python3: No module named venv",
        "The interpreter cannot make an environment with pip: its ensurepip is missing.",
        "uv")]
    [InlineData(
        "ERROR: Cannot install acme==1 and other==2 because these package versions have "
            + "conflicting dependencies.\nThe conflict is caused by:\n"
            + "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/",
        "Cannot install acme==1 and other==2 because these package versions have conflicting dependencies.", "Change one of the versions.")]
    [InlineData(
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "Could not install packages due to an OSError: [Errno 28] No space left on device.", "Free space")]
    [InlineData(
        "ERROR: HTTP error 401 while getting https://host/acme.whl", "HTTP error 401 while getting https://host/acme.whl.", "password")]
    [InlineData(
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because there is no version of "
            + "acme==9 and you require acme==9, we can conclude"
            + " that your requirements are unsatisfiable.",
        "Because there is no version of acme==9 and you require acme==9, we can conclude that your requirements are unsatisfiable.",
        "Change one of the versions.")]
    [InlineData(
        "error: Failed to fetch: `https://pypi.org/simple/acme/`",
        "The index of packages cannot be reached: Failed to fetch: `https://pypi.org/simple/acme/`.",
        "UV_INDEX_URL")]
    [InlineData(
        "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
        "The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
        "uv lock")]
    [InlineData(
        "ERROR: Invalid requirement: 'acme=1': (from line 1 of requirements.txt)",
        "Invalid requirement: 'acme=1': (from line 1 of requirements.txt).",
        "Correct the line.")]
    [InlineData("something\nERROR: Exotic\nlast", "Exotic.", "by hand")]
    [InlineData("first\nlast", "last.", "by hand")]
    [InlineData("", "The installer said nothing.", "by hand")]
    public void Explain_finds_the_line_that_says_it(string output, string problem, string remedy)
    {
        InstallProblem found = InstallProblem.Explain(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(problem, found.Problem);
        Assert.Contains(remedy, found.Remedy, StringComparison.Ordinal);
    }
}
