using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

[Trait("Rule", "S1")]
public sealed class ProbeMemoryTests : IDisposable
{
    private const string Program = "/bin/sh"; // any real program
    private static readonly FileFacts s_facts =
        new(FileKind.File, Length: 100, ModifiedUtc: new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
    private static readonly PythonInterpreter s_python = new("/opt/real python", new Version(3, 11, 7), "CPython", "cpython-311");
    private readonly TemporaryFolder _folder = new();
    private readonly ProbeMemory _memory;

    public ProbeMemoryTests() => _memory = new ProbeMemory(PackageLocation.Folder(_folder.Path));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Recall_gives_what_was_kept()
    {
        _memory.Keep(Program, s_facts, s_python);

        Assert.Equal(s_python, _memory.Recall(Program, s_facts));
    }

    [Fact]
    public void Recall_of_an_interpreter_without_compiled_files_gives_none()
    {
        _memory.Keep(Program, s_facts, s_python with { CacheTag = null });

        Assert.Equal(s_python with { CacheTag = null }, _memory.Recall(Program, s_facts));
    }

    [Fact]
    public void Recall_of_a_changed_or_unknown_file_gives_nothing()
    {
        _memory.Keep(Program, s_facts, s_python);

        Assert.Null(_memory.Recall(Program, s_facts with { Length = 101 }));
        Assert.Null(_memory.Recall(Program, s_facts with { ModifiedUtc = s_facts.ModifiedUtc.AddTicks(1) }));
        Assert.Null(_memory.Recall("/bin/other", s_facts));
    }

    [Fact]
    public async Task Keep_of_a_shim_keeps_nothing()
    {
        string shim = await _folder.ScriptAsync("python3", "#!/bin/sh\n");

        _memory.Keep(shim, s_facts, s_python);

        Assert.Null(_memory.Recall(shim, s_facts));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n\n\n\n\n")]
    public void Recall_of_a_damaged_note_gives_nothing(string content)
    {
        _memory.Keep(Program, s_facts, s_python);
        string note = Assert.Single(Directory.GetFiles(_folder[".interpreters"]));
        File.WriteAllText(note, content);
        Assert.Null(_memory.Recall(Program, s_facts));

        File.WriteAllText(note, $"{s_facts.ModifiedUtc.Ticks} 100 {Program}\n/opt/real python\nthree\nCPython\n\n");
        Assert.Null(_memory.Recall(Program, s_facts));
    }

    [Fact]
    public async Task Locate_in_a_later_run_asks_nobody()
    {
        FakeHostSystem host = new FakeHostSystem().Python(Program, "3.11.7");
        PythonInterpreter first = await LocateAsync(host);

        PythonInterpreter second = await LocateAsync(host);

        Assert.Single(host.Started);
        Assert.Equal((first.Executable, first.Version, first.Origin), (second.Executable, second.Version, second.Origin));
    }

    private async Task<PythonInterpreter> LocateAsync(FakeHostSystem host)
    {
        PackageLocation package = PackageLocation.Folder(_folder.Path);
        using InterpreterLocator locator = new(host, new InterpreterProbe(host, package), new ProbeMemory(package));
        return await locator.LocateAsync(new PythonOptions { Executable = Program }, TestContext.Current.CancellationToken);
    }
}
