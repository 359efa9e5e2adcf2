using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

[Trait("Rule", "S1")]
public sealed class InterpreterLocatorTests
{
    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;

    private readonly FakeHostSystem _host = new FakeHostSystem().Variable("PATH", "/a:/b");

    [Fact]
    public async Task Locate_named_executable_wins_over_everything()
    {
        _host.Python("/opt/py", "3.12.1").Python("/a/python3", "3.11.7").Python("/env", "3.11.7").Variable("SNAKEPIT_PYTHON", "/env");

        PythonInterpreter found = await LocateAsync(new PythonOptions { Executable = "/opt/py" });

        Assert.Equal(("/opt/py", "Python.Executable", new Version(3, 12, 1)), (found.Executable, found.Origin, found.Version));
    }

    [Fact]
    public async Task Locate_named_executable_missing_does_not_fall_through()
    {
        _host.Python("/a/python3", "3.11.7");

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(
            () => LocateAsync(new PythonOptions { Executable = "/opt/py" }));

        Assert.Equal(["/opt/py (Python.Executable): not found"], e.Tried);
        Assert.EndsWith(
            "Correct the setting Python.Executable, or remove it to have an interpreter looked for.", e.Message, StringComparison.Ordinal);
        Assert.Empty(_host.Started);
    }

    [Fact]
    public async Task Locate_command_name_is_looked_up_on_path()
    {
        _host.Python("/b/python3.12", "3.12.1");

        Assert.Equal("/b/python3.12", (await LocateAsync(new PythonOptions { Executable = "python3.12" })).Executable);
    }

    [Fact]
    public async Task Locate_command_name_absent_says_so()
    {
        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(
            () => LocateAsync(new PythonOptions { Executable = "python9" }));

        Assert.Equal(["python9 (Python.Executable): not found on PATH"], e.Tried);
    }

    [Fact]
    public async Task Locate_version_outside_of_the_range_is_passed_over()
    {
        _host.Python("/a/python3", "3.11.7").Python("/b/python3", "3.12.1");

        PythonInterpreter found = await LocateAsync(new PythonOptions { Version = ">=3.12" });

        Assert.Equal("/b/python3", found.Executable);
        Assert.Equal(["/a/python3 (PATH): version 3.11.7 is not in Python.Version, '>=3.12'"], found.PassedOver);
    }

    [Fact]
    public async Task Locate_version_finds_commands_with_a_version_the_newest_first()
    {
        _host.Python("/a/python3", "3.9.2").Python("/a/python3.10", "3.10.1");
        _host.Python("/b/python3.12", "3.12.1").Python("/b/python3.13", "3.13.0");

        Assert.Equal("/b/python3.12", (await LocateAsync(new PythonOptions { Version = ">=3.10,<3.13" })).Executable);
        Assert.DoesNotContain("/b/python3.13", _host.Started);
    }

    [Fact]
    public async Task Locate_named_executable_of_another_version_is_refused()
    {
        _host.Python("/opt/py", "3.11.7");

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(
            () => LocateAsync(new PythonOptions { Executable = "/opt/py", Version = "3.12" }));

        Assert.Equal(["/opt/py (Python.Executable): version 3.11.7 is not in Python.Version, '3.12'"], e.Tried);
        Assert.EndsWith("Python.Version is '3.12'; widen it to allow other versions.", e.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".venv")]
    [InlineData("venv")]
    public async Task Locate_project_uses_the_environment_in_its_folder(string name)
    {
        _host.Folder("/app").Folder($"/app/{name}").Python($"/app/{name}/bin/python3", "3.11.7").Python("/a/python3", "3.12.0");

        PythonInterpreter found = await LocateAsync(new PythonOptions { Project = "/app" });

        Assert.Equal(
            ($"/app/{name}/bin/python3", $"/app/{name}", "Python.Project"), (found.Executable, found.Environment, found.Origin));
    }

    [Theory]
    [InlineData("uv.lock", "cd /app && uv sync")]
    [InlineData("requirements.txt", "cd /app && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt")]
    [InlineData("pyproject.toml", "cd /app && python3 -m venv .venv && .venv/bin/pip install .")]
    public async Task Locate_project_without_an_environment_names_the_command_that_creates_one(string file, string command)
    {
        _host.Folder("/app").File($"/app/{file}").Python("/a/python3", "3.12.0");

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(
            () => LocateAsync(new PythonOptions { Project = "/app" }));

        Assert.Equal(["/app (Python.Project): has no environment: no folder .venv or venv"], e.Tried);
        Assert.EndsWith(command, e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locate_project_folder_that_is_none_says_what_was_looked_for()
    {
        _host.Folder("/app");

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(
            () => LocateAsync(new PythonOptions { Project = "/app" }));

        Assert.Equal(
            ["/app (Python.Project): is no Python project: it has none of .venv, uv.lock, requirements.txt, pyproject.toml"], e.Tried);
    }

    [Theory]
    [InlineData("bin/python3")]
    [InlineData("bin/python")]
    public async Task Locate_environment_uses_its_interpreter(string name)
    {
        _host.Folder("/venv").Python($"/venv/{name}", "3.11.7").Python("/a/python3", "3.12.0");

        Assert.Equal($"/venv/{name}", (await LocateAsync(new PythonOptions { Environment = "/venv" })).Executable);
    }

    [Fact]
    public async Task Locate_environment_on_windows_uses_scripts()
    {
        FakeHostSystem windows = new() { Platform = HostPlatform.Windows };
        windows.Folder("/venv").Python("/venv/Scripts/python.exe", "3.11.7");

        Assert.Equal("/venv/Scripts/python.exe", (await LocateAsync(new PythonOptions { Environment = "/venv" }, windows)).Executable);
    }

    [Fact]
    public async Task Locate_environment_without_interpreter_does_not_fall_through()
    {
        _host.Folder("/venv").Python("/a/python3", "3.12.0");

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(
            () => LocateAsync(new PythonOptions { Environment = "/venv" }));

        Assert.Equal(["/venv (Python.Environment): has no bin/python3 or bin/python"], e.Tried);
    }

    [Fact]
    public async Task Locate_environment_whose_base_is_gone_says_so()
    {
        _host.Folder("/venv").Files["/venv/bin/python3"] = new FileFacts(FileKind.Nothing, IsLink: true);

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(
            () => LocateAsync(new PythonOptions { Environment = "/venv" }));

        Assert.Contains("is a link to a file that is gone", Assert.Single(e.Tried), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locate_override_variable_replaces_discovery()
    {
        _host.Python("/own/python", "3.10.2").Python("/a/python3", "3.12.0").Variable("SNAKEPIT_PYTHON", "/own/python");

        PythonInterpreter found = await LocateAsync();

        Assert.Equal(("/own/python", "SNAKEPIT_PYTHON"), (found.Executable, found.Origin));
    }

    [Fact]
    public async Task Locate_override_variable_wrong_does_not_fall_through()
    {
        _host.Python("/a/python3", "3.12.0").Variable("SNAKEPIT_PYTHON", "/own/python");

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(() => LocateAsync());

        Assert.Equal(["/own/python (SNAKEPIT_PYTHON): not found"], e.Tried);
    }

    [Theory]
    [InlineData("VIRTUAL_ENV")]
    [InlineData("CONDA_PREFIX")]
    public async Task Locate_active_environment_goes_before_path(string variable)
    {
        _host.Folder("/venv").Python("/venv/bin/python3", "3.11.7").Python("/a/python3", "3.12.0").Variable(variable, "/venv");

        PythonInterpreter found = await LocateAsync();

        Assert.Equal(("/venv/bin/python3", variable), (found.Executable, found.Origin));
    }

    [Fact]
    public async Task Locate_active_environment_broken_falls_through_and_is_told()
    {
        _host.Python("/a/python3", "3.12.0").Variable("VIRTUAL_ENV", "/venv");

        PythonInterpreter found = await LocateAsync();

        Assert.Equal("/a/python3", found.Executable);
        Assert.Equal(["/venv (VIRTUAL_ENV): there is no such folder"], found.PassedOver);
    }

    [Fact]
    public async Task Locate_old_interpreter_does_not_hide_a_good_one_behind_it()
    {
        _host.Python("/a/python3", "3.6.15").Python("/b/python3", "3.9.0");

        PythonInterpreter found = await LocateAsync();

        Assert.Equal("/b/python3", found.Executable);
        Assert.Equal(["/a/python3 (PATH): version 3.6.15 is older than 3.9"], found.PassedOver);
    }

    [Fact]
    public async Task Locate_python3_goes_before_python()
    {
        _host.Python("/a/python", "3.12.0").Python("/b/python3", "3.9.0");

        Assert.Equal("/b/python3", (await LocateAsync()).Executable);
    }

    [Fact]
    public async Task Locate_folder_twice_on_path_is_tried_once()
    {
        _host.Variable("PATH", "/a:/a:/b:/a").Python("/a/python3", "3.6.15").Python("/b/python3", "3.9.0");

        Assert.Single((await LocateAsync()).PassedOver);
    }

    [Fact]
    public async Task Locate_shim_is_resolved_to_the_real_interpreter()
    {
        _host.Python("/a/python3", "3.11.7", executable: "/real/bin/python3");

        Assert.Equal("/real/bin/python3", (await LocateAsync()).Executable);
    }

    [Fact]
    public async Task Locate_nothing_lists_everything_tried_and_the_remedy()
    {
        _host.Python("/a/python3", "3.8.18").Program("/b/python", new CommandOutput(CommandEnd.TimedOut, 0, "", ""));
        _host.Files["/b/python3"] = new FileFacts(FileKind.File, Mode: UnixFileMode.UserRead);

        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(() => LocateAsync());

        Assert.Equal(
            """
            No usable Python (3.9 or newer) was found. Tried:
              /a/python3 (PATH): version 3.8.18 is older than 3.9
              /b/python3 (PATH): not executable
              /b/python (PATH): timed out after 10 s
            Install one, for example with `apt-get install python3`,
            """ + " or name one in the setting Python.Executable or the environment variable SNAKEPIT_PYTHON.",
            e.Message);
        Assert.Equal(3, e.Tried.Count);
    }

    [Fact]
    public async Task Locate_empty_path_names_both_commands()
    {
        PythonNotFoundException e = await Assert.ThrowsAsync<PythonNotFoundException>(() => LocateAsync(host: new FakeHostSystem()));

        Assert.Equal(["python3 (PATH): not found on PATH", "python (PATH): not found on PATH"], e.Tried);
    }

    [Fact]
    public async Task Locate_second_time_asks_nobody_until_the_file_changes()
    {
        _host.Python("/a/python3", "3.11.7");
        using InterpreterLocator locator = Locator(_host);

        await locator.LocateAsync(new PythonOptions(), s_cancel);
        await locator.LocateAsync(new PythonOptions(), s_cancel);
        Assert.Single(_host.Started);

        _host.Files["/a/python3"] = _host.Files["/a/python3"] with { Length = 101 };
        await locator.LocateAsync(new PythonOptions(), s_cancel);
        Assert.Equal(2, _host.Started.Count);
    }

    [Fact]
    public async Task Locate_failure_is_not_remembered()
    {
        _host.Program("/a/python3", new CommandOutput(CommandEnd.TimedOut, 0, "", ""));
        using InterpreterLocator locator = Locator(_host);
        await Assert.ThrowsAsync<PythonNotFoundException>(() => locator.LocateAsync(new PythonOptions(), s_cancel));

        _host.Python("/a/python3", "3.11.7");

        Assert.Equal("/a/python3", (await locator.LocateAsync(new PythonOptions(), s_cancel)).Executable);
    }

    [Fact]
    public async Task Locate_cancelled_throws_and_frees_the_gate()
    {
        _host.Python("/a/python3", "3.11.7");
        using InterpreterLocator locator = Locator(_host);
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => locator.LocateAsync(new PythonOptions(), cancelled.Token));

        Assert.NotNull(await locator.LocateAsync(new PythonOptions(), s_cancel));
    }

    private static InterpreterLocator Locator(FakeHostSystem host) =>
        new(host, new InterpreterProbe(host, PackageLocation.Folder("/package")));

    private async Task<PythonInterpreter> LocateAsync(PythonOptions? options = null, FakeHostSystem? host = null)
    {
        using InterpreterLocator locator = Locator(host ?? _host);
        return await locator.LocateAsync(options ?? new PythonOptions(), s_cancel);
    }
}
