using System.Diagnostics;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the forms of adapters and the interpreters that they can run on.</summary>
public sealed class AdapterFormTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task Coroutine_tools_are_awaited()
    {
        Rig rig = await StartAsync();

        Assert.Equal(42, await rig.Pool.ExecuteAsync<int>("async_add", new { a = 40, b = 2 }, null, Cancellation));
        ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("async_raises"));

        Assert.Equal(("LookupError", "from a coroutine"), (thrown.Error.Type, thrown.Error.Message));
        Assert.Equal("async_raises", thrown.Error.Frames[^1].Function);
    }

    [Fact(Timeout = Bound)]
    public async Task Class_adapter_offers_its_public_methods()
    {
        Rig rig = await StartAsync("stateful.py:Counter");

        Assert.Equal(1, await rig.CallAsync<int>("increment"));
        Assert.Equal(2, await rig.CallAsync<int>("async_increment"));
        Assert.Equal("v", await rig.CallAsync<string>("static_tool", "v"));
        Assert.Equal("Counter", await rig.CallAsync<string>("class_tool"));
        Assert.Equal("by another name", await rig.CallAsync<string>("other-name"));
        Assert.Equal(
            ["async_increment", "class_tool", "increment", "other-name", "static_tool"],
            rig.Pool.Tools.Select(static tool => tool.Name).Order());
    }

    [Fact(Timeout = Bound)]
    public async Task Hooks_may_be_coroutines()
    {
        Rig rig = await StartAsync("stateful.py:AsyncHooks");

        Assert.True(await rig.CallAsync<bool>("is_ready"));
        await rig.Runtime.DisposeAsync();

        Assert.Contains(rig.Log.All, static entry => entry.Text.EndsWith("async teardown ran", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Tools_are_described_as_declared()
    {
        Rig rig = await StartAsync();

        ToolDescriptor renamed = rig.Pool.Tools.Single(static tool => tool.Name == "renamed.tool");
        ToolDescriptor idempotent = rig.Pool.Tools.Single(static tool => tool.Name == "is_idempotent");
        ToolDescriptor defaults = rig.Pool.Tools.Single(static tool => tool.Name == "defaults");

        Assert.Equal(("Has another name.", false), (renamed.Description, renamed.IsIdempotent));
        Assert.Equal(("First line.", true), (idempotent.Description, idempotent.IsIdempotent));
        Assert.Equal(
            [
                ("a", ToolParameterKind.PositionalOrKeyword, true, null),
                ("b", ToolParameterKind.PositionalOrKeyword, false, "2"),
                ("c", ToolParameterKind.KeywordOnly, false, "3"),
            ],
            defaults.Parameters.Select(static parameter => (parameter.Name, parameter.Kind, parameter.IsRequired, parameter.Default)));
        Assert.Equal("renamed", await rig.CallAsync<string>("renamed.tool"));
    }

    [Fact(Timeout = Bound)]
    public async Task Module_is_found_on_the_pools_PythonPath()
    {
        Rig words = await StartAsync(configure: static p => Use(p, "acme.text"));
        Rig shouter = await StartAsync(configure: static p => Use(p, "acme.text:Shouter"));

        string[]? split = await words.Pool.ExecuteAsync<string[]>("words", default, null, Cancellation);
        Assert.Equal(["from", "a", "package"], split as IEnumerable<string>);
        Assert.Equal("LOUD", await shouter.Pool.ExecuteAsync<string>("shout", ToolArguments.Positional("loud"), null, Cancellation));

        static void Use(PoolOptions pool, string adapter)
        {
            pool.Adapter = adapter;
            pool.Python.PythonPath.Add(Rig.Adapter("packages"));
        }
    }

    [Fact(Timeout = Bound)]
    public async Task Exception_carries_its_type_frames_and_cause()
    {
        Rig rig = await StartAsync();

        ToolError error = (await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("raises_from"))).Error;

        Assert.True(error.Is("RuntimeError") && error.Is("Exception") && !error.Is("KeyError"));
        Assert.True(error.Cause!.Is("LookupError"));
        ToolStackFrame frame = Assert.Single(error.Frames);
        Assert.Equal(
            (Rig.Adapter("tools.py"), "raises_from", "raise RuntimeError(\"outer\") from error"),
            (frame.File, frame.Function, frame.Code));
        Assert.Contains("The above exception was the direct cause", error.Traceback, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Working_directory_does_not_hide_Pythons_own_modules()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        folder.Write("difflib.py", "raise RuntimeError('shadowed')\n");
        Rig rig = await StartAsync("shadowed.py");
        await rig.CallAsync<object?>("enter", folder.Path);

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("no_such_tool"));

        Assert.Equal("ToolNotFound", thrown.Error.Type);
    }

    [Theory(Timeout = Bound)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Environment_is_the_virtual_environments(bool byProject)
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string environment = folder[".venv"];
        int exitCode = await RunAsync("python3", "-m", "venv", "--without-pip", environment);
        Assert.SkipUnless(exitCode == 0, "This machine's python3 has no venv.");
        Rig rig = await StartAsync("introspect.py", p =>
        {
            p.Python.Environment = byProject ? null : environment;
            p.Python.Project = byProject ? folder.Path : null;
        });

        string[] executable = await rig.CallAsync<string[]>("executable");

        Assert.Equal(environment, executable[1]);
        Assert.NotEqual(environment, executable[2]);
        Assert.Equal(environment, await rig.CallAsync<string>("variable", "VIRTUAL_ENV"));
        Assert.StartsWith(
            Path.Combine(environment, "bin") + ":", await rig.CallAsync<string>("variable", "PATH"), StringComparison.Ordinal);
        PythonDescription python = rig.Pool.GetSnapshot().Python!;
        Assert.Equal(
            (environment, byProject ? "Python.Project" : "Python.Environment", "CPython"),
            (python.Environment, python.Origin, python.Implementation));
        Assert.Equal(executable[0], python.Executable);
    }

    [Fact(Timeout = Bound)]
    public async Task Snapshot_has_the_packages_that_a_worker_finds()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        Rig rig = await StartAsync("introspect.py", p => p.Python.PythonPath.Add(folder.Path));
        PythonDescription before = rig.Pool.GetSnapshot().Python!;
        Directory.CreateDirectory(folder["Acme_Extra-1.2.dist-info"]);
        folder.Write("Acme_Extra-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: Acme.Extra\nVersion: 1.2\n");

        PythonDescription after = rig.Pool.GetSnapshot().Python!;

        Assert.Equal(
            await rig.CallAsync<string[]>("packages"),
            after.Packages.Select(static package => package.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal([new PythonPackage { Name = "acme-extra", Version = "1.2" }], after.Packages.Except(before.Packages));
        Assert.Equal(before.PackageCount + 1, after.PackageCount);
    }

    [Fact(Timeout = Bound)]
    public async Task Snapshot_tells_a_build_without_the_global_lock()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string shim = folder["python3"];
        const string Script = "#!/bin/sh\npython3 \"$@\" | sed 's/\"free_threaded\": false/\"free_threaded\": true/'\n";
        Assert.Equal(0, await RunAsync("/bin/sh", "-c", "printf %s \"$2\" > \"$1\" && chmod 755 \"$1\"", "sh", shim, Script));

        Rig rig = await StartAsync("introspect.py", p => p.Python.Executable = shim);

        PythonDescription python = rig.Pool.GetSnapshot().Python!;
        Assert.True(python.IsFreeThreaded);
        Assert.Contains(" (free-threaded) at ", python.ToString(), StringComparison.Ordinal);
    }

    private static async Task<int> RunAsync(params string[] command)
    {
#pragma warning disable RS0030 // The command is no part of the product; it prepares the input of the test.
        using Process process = Process.Start(command[0], command[1..]);
#pragma warning restore RS0030
        await process.WaitForExitAsync(Cancellation);
        return process.ExitCode;
    }
}
