using System.Runtime.Versioning;
using System.Text;
using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

[UnsupportedOSPlatform("windows")]
[Trait("Rule", "S1")]
public sealed class PackageCacheTests : IDisposable
{
    private const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly BundledPackage s_package = Package(
        ("snakepit/__init__.py", "MARK = 42\n"), ("snakepit/inner/deep.py", "DEEP = 1\n"));

    private readonly TemporaryFolder _root = new();
    private readonly MachineWithCache _host;

    public PackageCacheTests() => _host = new MachineWithCache(_root.Path);

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Locate_first_time_unpacks_privately()
    {
        using PackageLocation location = Locate();

        Assert.True(location.IsFolder);
        Assert.Null(location.NotCachedBecause);
        Assert.Equal(_root[$"snakepit/python/{s_package.ContentHash}"], location.PathEntry);
        string file = Path.Combine(location.PathEntry, "snakepit", "inner", "deep.py");
        Assert.Equal("DEEP = 1\n", File.ReadAllText(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.All(
            (string[])
            [
                "snakepit",
                "snakepit/python",
                $"snakepit/python/{s_package.ContentHash}",
                $"snakepit/python/{s_package.ContentHash}/snakepit/inner",
            ],
            folder => Assert.Equal(PrivateFolder, File.GetUnixFileMode(_root[folder])));
    }

    [Fact]
    public void Locate_second_time_writes_nothing()
    {
        using PackageLocation first = Locate();
        DateTime written = File.GetLastWriteTimeUtc(Init(first));

        using PackageLocation second = Locate();

        Assert.Equal(first.PathEntry, second.PathEntry);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Init(second)));
        Assert.Equal(2, Directory.GetFiles(second.PathEntry, "*", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData("MARK = 43\n")]
    [InlineData("MA")]
    [InlineData("")]
    public void Locate_tampered_file_is_mended(string content)
    {
        using PackageLocation first = Locate();
        File.WriteAllText(Init(first), content);

        using PackageLocation second = Locate();

        Assert.Equal("MARK = 42\n", File.ReadAllText(Init(second)));
    }

    [Fact]
    public void Locate_mended_file_loses_what_was_compiled_from_it()
    {
        using PackageLocation first = Locate();
        string compiled = Path.Combine(
            Directory.CreateDirectory(Path.Combine(first.PathEntry, "snakepit", "__pycache__")).FullName, "{0}.cpython-311.pyc");
        File.WriteAllText(compiled.Replace("{0}", "__init__", StringComparison.Ordinal), "");
        File.WriteAllText(compiled.Replace("{0}", "other", StringComparison.Ordinal), "");
        File.WriteAllText(Init(first), "");

        using PackageLocation second = Locate();

        Assert.Equal(["other.cpython-311.pyc"], Directory.GetFiles(Path.GetDirectoryName(compiled)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Locate_missing_file_is_mended()
    {
        using PackageLocation first = Locate();
        File.Delete(Init(first));

        using PackageLocation second = Locate();

        Assert.Equal("MARK = 42\n", File.ReadAllText(Init(second)));
    }

    [Fact]
    public async Task Locate_many_at_once_agree()
    {
        PackageLocation[] locations = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(Locate)));

        string entry = Assert.Single(locations.Select(static location => location.PathEntry).Distinct());
        Assert.All(locations, static location => Assert.True(location.IsFolder));
        Assert.Equal(
            ["__init__.py", "deep.py"],
            Directory.GetFiles(entry, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("snakepit", UnixFileMode.GroupWrite)]
    [InlineData("snakepit/python", UnixFileMode.OtherWrite)]
    [InlineData("", UnixFileMode.OtherWrite)]
    public void Locate_folder_writable_by_others_is_not_used(string folder, UnixFileMode mode)
    {
        Locate().Dispose();
        File.SetUnixFileMode(_root[folder], PrivateFolder | mode);

        using PackageLocation location = Locate();

        Assert.False(location.IsFolder);
        Assert.Equal($"The cache folder {_root[folder]} is not used: it can be written by others.", location.NotCachedBecause);
    }

    [Fact]
    public void Locate_sticky_cache_root_is_used()
    {
        File.SetUnixFileMode(_root.Path, PrivateFolder | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);

        using PackageLocation location = Locate();

        Assert.True(location.IsFolder);
    }

    [Fact]
    public void Locate_folder_of_another_user_is_not_used()
    {
        _host.Owner = 12345;

        using PackageLocation location = Locate();

        Assert.EndsWith("it belongs to another user (12345).", location.NotCachedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public void Locate_folder_of_root_is_used()
    {
        _host.Owner = 0;

        using PackageLocation location = Locate();

        Assert.True(location.IsFolder);
    }

    [Fact]
    public void Locate_linked_folder_is_not_used()
    {
        Directory.CreateDirectory(_root["elsewhere"], PrivateFolder);
        Directory.CreateSymbolicLink(_root["snakepit"], _root["elsewhere"]);

        using PackageLocation location = Locate();

        Assert.EndsWith("it is a link.", location.NotCachedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public void Locate_file_in_the_way_falls_back_to_memory()
    {
        File.WriteAllText(_root["snakepit"], "");

        using PackageLocation location = Locate();

        Assert.StartsWith("/proc/", location.PathEntry, StringComparison.Ordinal);
        Assert.Contains(_root["snakepit"], location.NotCachedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public void Locate_without_home_falls_back_to_memory()
    {
        _host.Values.Clear();

        using PackageLocation location = Locate();

        Assert.False(location.IsFolder);
        Assert.Equal("There is no cache folder: HOME is not set.", location.NotCachedBecause);
    }

    [Fact]
    public void Locate_neither_folder_nor_memory_names_the_setting()
    {
        _host.Values.Clear();
        _host.HasMemory = false;

        SnakepitConfigurationException e = Assert.Throws<SnakepitConfigurationException>(Locate);

        Assert.Contains("SNAKEPIT_CACHE", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SNAKEPIT_CACHE", "")]
    [InlineData("XDG_CACHE_HOME", "")]
    [InlineData("HOME", ".cache/")]
    public void Locate_cache_root_comes_from_the_environment(string variable, string below)
    {
        _host.Values.Clear();
        _host.Values[variable] = _root.Path;

        using PackageLocation location = Locate();

        Assert.Equal(_root[$"{below}snakepit/python/{s_package.ContentHash}"], location.PathEntry);
    }

    [Fact]
    [Trait("Rule", "P2")]
    public async Task Locate_in_memory_can_be_imported_and_ends_with_the_location()
    {
        _host.Values.Clear();
        string? python = await PythonOnThisMachine.FindAsync();
        Assert.SkipWhen(python is null, "There is no Python on this machine.");
        PackageLocation location = Locate();
        Assert.Contains("snakepit.zip", new FileInfo(location.PathEntry).LinkTarget, StringComparison.Ordinal);
        string[] import =
        [
            "-I", "-S", "-c", "import sys;sys.path.insert(0,sys.argv[1]);import snakepit;print(snakepit.MARK)", location.PathEntry,
        ];

        CommandOutput alive = await _host.RunAsync(python, import, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        location.Dispose();

        Assert.Equal(new CommandOutput(CommandEnd.Exited, 0, "42\n", ""), alive);
        // File.Exists would not do: another test may have got the descriptor's number since.
        Assert.DoesNotContain("snakepit.zip", new FileInfo(location.PathEntry).LinkTarget ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Content_hash_tells_every_difference_apart()
    {
        BundledPackage[] packages =
        [
            Package(("a", "bc")), Package(("ab", "c")), Package(("a", "bd")), Package(("a", "bc"), ("d", "")),
            Package(("a", "b"), ("c", "d")),
        ];

        Assert.Equal(packages.Length, packages.Select(static package => package.ContentHash).Distinct().Count());
        Assert.Equal(Package(("a", "1"), ("b", "2")).ContentHash, Package(("b", "2"), ("a", "1")).ContentHash);
    }

    [Fact]
    public void Embedded_package_has_the_protocol_and_the_probe()
    {
        Assert.Contains("snakepit/_protocol.py", BundledPackage.Embedded.Files.Keys);
        Assert.Contains("base_prefix", BundledPackage.Embedded.Text("snakepit/_probe.py"), StringComparison.Ordinal);
        Assert.All(BundledPackage.Embedded.Files.Keys, static name => Assert.EndsWith(".py", name, StringComparison.Ordinal));
    }

    private static string Init(PackageLocation location) => Path.Combine(location.PathEntry, "snakepit", "__init__.py");

    private static BundledPackage Package(params (string Name, string Content)[] files) =>
        new(files.ToDictionary(static file => file.Name, static file => Encoding.UTF8.GetBytes(file.Content)));

    private PackageLocation Locate() => new PackageCache(s_package, _host).Locate();

    /// <summary>The real machine, except for the environment, the owner of folders and memory files.</summary>
    private sealed class MachineWithCache(string root) : IHostSystem
    {
        private readonly HostSystem _real = new(TimeProvider.System);

        public Dictionary<string, string> Values { get; } = new() { ["SNAKEPIT_CACHE"] = root };

        public uint? Owner { get; set; }

        public bool HasMemory { get; set; } = true;

        public HostPlatform Platform => _real.Platform;

        public uint? UserId => Owner is null ? _real.UserId : 1000;

        public IReadOnlyDictionary<string, string> Variables => Values;

        public FileFacts Inspect(string path) => Owner is null ? _real.Inspect(path) : _real.Inspect(path) with { Owner = Owner };

        public Task<CommandOutput> RunAsync(
            string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken) =>
            _real.RunAsync(executable, arguments, timeout, cancellationToken);

        public Task<CommandOutput> RunAsync(CommandRequest request, CancellationToken cancellationToken) =>
            _real.RunAsync(request, cancellationToken);

        public MemoryFile? TryCreateMemoryFile(string name, ReadOnlySpan<byte> content) =>
            HasMemory ? _real.TryCreateMemoryFile(name, content) : null;
    }
}
