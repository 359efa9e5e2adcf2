using System.Runtime.Versioning;
using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

/// <summary>Discovery with real processes: shell scripts as interpreters, and the machine's own interpreter.</summary>
[UnsupportedOSPlatform("windows")]
[Trait("Rule", "S1")]
public sealed class RealInterpreterTests : IDisposable
{
    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;

    private readonly TemporaryFolder _folder = new();
    private readonly HostSystem _host = new(TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Locate_shim_script_is_resolved_to_the_interpreter_it_runs()
    {
        string? python = await PythonOnThisMachine.FindAsync();
        Assert.SkipWhen(python is null, "There is no Python on this machine.");
        string shim = await _folder.ScriptAsync("shim", $"#!/bin/sh\necho choosing\nexec '{python}' \"$@\"\n");

        PythonInterpreter found = await LocateAsync(shim);

        Assert.Equal((python, "Python.Executable"), (found.Executable, found.Origin));
        Assert.NotNull(found.CacheTag);
    }

    [Fact]
    public async Task Locate_virtual_environment_keeps_its_own_interpreter()
    {
        string? python = await PythonOnThisMachine.FindAsync();
        Assert.SkipWhen(python is null, "There is no Python on this machine.");
        // The files that `python -m venv --without-pip` creates.
        Directory.CreateDirectory(_folder["venv/bin"]);
        File.CreateSymbolicLink(_folder["venv/bin/python3"], python);
        File.WriteAllText(_folder["venv/pyvenv.cfg"], $"home = {Path.GetDirectoryName(python)}\n");
        using InterpreterLocator locator = Locator();

        PythonInterpreter found = await locator.LocateAsync(new PythonOptions { Environment = _folder["venv"] }, s_cancel);

        Assert.Equal(_folder["venv/bin/python3"], found.Executable);
    }

    [Theory]
    [InlineData("#!/bin/sh\nexit 3\n", "exited with code 3")]
    [InlineData("#!/bin/sh\necho broken >&2; exit 3\n", "exited with code 3: broken")]
    [InlineData("#!/bin/sh\necho Hi\n", "did not describe itself as a Python interpreter does: Hi")]
    [InlineData("#!/no/such/interpreter\n", "cannot be started: No such file or directory")]
    [InlineData("\u0001", "cannot be started: Exec format error")]
    public async Task Locate_script_that_is_no_python_says_why(string script, string problem)
    {
        string path = await _folder.ScriptAsync("python", script);

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(() => LocateAsync(path));

        Assert.Equal([$"{path} (Python.Executable): {problem}"], e.Tried);
    }

    [Fact]
    public async Task Locate_compiles_the_package_for_the_interpreter()
    {
        Assert.SkipWhen(await PythonOnThisMachine.FindAsync() is null, "There is no Python on this machine.");
        Directory.CreateDirectory(_folder["snakepit"]);
        File.WriteAllText(_folder["snakepit/thing.py"], "X = 1\n");
        using InterpreterLocator locator = Locator();

        PythonInterpreter found = await locator.LocateAsync(new PythonOptions(), s_cancel);

        Assert.True(File.Exists(_folder[$"snakepit/__pycache__/thing.{found.CacheTag}.pyc"]));
    }

    private InterpreterLocator Locator() => new(_host, new InterpreterProbe(_host, PackageLocation.Folder(_folder.Path)));

    private async Task<PythonInterpreter> LocateAsync(string executable)
    {
        using InterpreterLocator locator = Locator();
        return await locator.LocateAsync(new PythonOptions { Executable = executable }, s_cancel);
    }
}
