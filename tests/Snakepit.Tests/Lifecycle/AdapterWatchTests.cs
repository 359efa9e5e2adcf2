using System.Runtime.InteropServices;
using Snakepit.Lifecycle;

namespace Snakepit.Tests.Lifecycle;

/// <summary>Changes of real files, as editors and deployments make them.</summary>
public sealed partial class AdapterWatchTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("snakepit-watch-").FullName;
    private readonly SemaphoreSlim _changes = new(0);
    private readonly List<string> _refusals = [];
    private readonly AdapterFiles _adapters = new();
    private AdapterWatch? _watch;

    public void Dispose()
    {
        _watch?.Dispose();
        Directory.Delete(_root, recursive: true);
        _changes.Dispose();
    }

    [Fact]
    public async Task Edit_of_the_file_or_a_neighbour_is_told()
    {
        Watch(Write("app/adapter.py"));

        Write("app/adapter.py");
        await ChangedAsync();
        Write("app/neighbour.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task File_that_an_editor_replaces_by_renaming_another_is_told()
    {
        Watch(Write("app/adapter.py"));

        File.Move(Write("app/adapter.py.swp"), In("app/adapter.py"), overwrite: true);
        await ChangedAsync();
    }

    [Fact]
    public async Task Link_to_a_release_that_is_swapped_is_told_and_the_new_release_is_watched()
    {
        Write("releases/1/adapter.py");
        Write("releases/2/adapter.py");
        Link("current", "releases/1");
        Watch(In("current/adapter.py"));

        Swap("current", "releases/2");
        await ChangedAsync();
        Write("releases/2/adapter.py");
        await ChangedAsync();
        Swap("current", "releases/1");
        await ChangedAsync();
    }

    [Fact]
    public async Task Update_of_a_config_map_is_told_each_time()
    {
        Write("..2026_1/adapter.py");
        Link("..data", "..2026_1");
        Link("adapter.py", "..data/adapter.py");
        Watch(In("adapter.py"));

        for (int version = 2; version < 5; version++)
        {
            Write($"..2026_{version}/adapter.py");
            Swap("..data", $"..2026_{version}");
            Directory.Delete(In($"..2026_{version - 1}"), recursive: true);
            await ChangedAsync();
        }
    }

    [Fact]
    public async Task File_behind_a_link_is_watched_where_it_is()
    {
        Write("elsewhere/real.py");
        Directory.CreateDirectory(In("app"));
        Link("app/adapter.py", "../elsewhere/real.py");
        Watch(In("app/adapter.py"));

        Write("elsewhere/real.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task Folder_that_is_deleted_and_made_anew_is_told_when_it_is_whole_and_is_watched()
    {
        Watch(Write("srv/app/adapter.py"));

        Directory.Delete(In("srv"), recursive: true);
        Write("srv/app/adapter.py");
        await ChangedAsync();
        Write("srv/app/adapter.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task Folder_that_another_replaces_by_renaming_is_told_and_the_other_is_watched()
    {
        Watch(Write("srv/app/adapter.py"));
        Write("srv/new/adapter.py");

        Directory.Move(In("srv/app"), In("srv/old"));
        Directory.Move(In("srv/new"), In("srv/app"));
        await ChangedAsync();
        Write("srv/app/adapter.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task Package_is_watched_with_the_folders_below()
    {
        Watch(Write("app/__init__.py"));

        Write("app/deep/down/module.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task Bytecode_that_workers_write_is_no_change()
    {
        Watch(Write("app/__init__.py"));

        Directory.CreateDirectory(In("app/__pycache__"));
        File.WriteAllText(In("app/__pycache__/module.cpython-313.pyc"), "");
        Write("app/__init__.py");
        await ChangedAsync();
        Assert.Equal(0, _changes.CurrentCount);
    }

    [Fact]
    public async Task Edit_of_the_adapter_of_another_pool_is_no_change()
    {
        using var seen = new SemaphoreSlim(0);
        Adapters(Write("app/text.py"), Write("app/stats.py"));
        Watch(In("app/text.py"));
        using AdapterWatch all = AdapterWatch.TryCreate(
            In("app/stats.py"), new AdapterFiles(), TimeProvider.System, () => seen.Release(), _refusals.Add)!;

        Write("app/stats.py");
        await ChangedAsync(seen);
        File.Move(Write("app/stats.py.swp"), In("app/stats.py"), overwrite: true);
        await ChangedAsync(seen);
        Write("app/text.py");
        await ChangedAsync(seen);
        await ChangedAsync();
        Assert.Equal(0, _changes.CurrentCount);
    }

    [Theory]
    [InlineData("import stats\n")]
    [InlineData("import helper\n")]
    public async Task Edit_of_an_adapter_that_this_one_imports_is_told(string code)
    {
        Adapters(Write("app/text.py"), Write("app/stats.py"));
        File.WriteAllText(In("app/text.py"), code);
        File.WriteAllText(In("app/helper.py"), "def use():\n    import stats\n");
        Watch(In("app/text.py"));

        Write("app/stats.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task Edit_of_an_adapter_and_of_a_neighbour_is_told()
    {
        Adapters(Write("app/text.py"), Write("app/stats.py"));
        Watch(In("app/text.py"));

        Write("app/stats.py");
        Write("app/other.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task Edit_of_this_adapter_where_a_link_leads_is_told_though_another_pool_has_it_too()
    {
        Adapters(Write("elsewhere/real.py"));
        Directory.CreateDirectory(In("app"));
        Link("app/adapter.py", "../elsewhere/real.py");
        Watch(In("app/adapter.py"));

        Write("elsewhere/real.py");
        await ChangedAsync();
    }

    [Fact]
    public async Task Many_changes_at_once_are_told_and_so_is_the_next()
    {
        Watch(Write("app/adapter.py"));

        for (int i = 0; i < 3_000; i++)
        {
            Write($"app/module{i}.py");
        }
        await ChangedAsync();
        while (_changes.CurrentCount > 0)
        {
            await ChangedAsync();
        }
        Write("app/adapter.py");
        await ChangedAsync();
    }

    [Fact]
    public void Trail_goes_through_links_and_stops_at_what_is_missing_or_leads_in_a_circle()
    {
        Write("releases/1/adapter.py");
        Link("current", "releases/1");
        Link("circle", "circle");

        var there = PathTrail.Of(In("current/adapter.py"));
        Assert.Equal(In("releases/1/adapter.py"), there.Target);
        Assert.Equal(
            [(_root, "current"), (_root, "releases"), (In("releases"), "1"), (In("releases/1"), "adapter.py")],
            there.Steps.SkipWhile(step => step.Folder != _root));

        var missing = PathTrail.Of(In("current/gone/adapter.py"));
        Assert.Null(missing.Target);
        Assert.Equal((In("releases/1"), "gone"), missing.Steps[^1]);

        Assert.Null(PathTrail.Of(In("circle/adapter.py")).Target);
    }

    private void Watch(string source)
    {
        _watch = AdapterWatch.TryCreate(source, _adapters, TimeProvider.System, () => _changes.Release(), _refusals.Add);
        Assert.Empty(_refusals);
        Assert.NotNull(_watch);
    }

    private void Adapters(params string[] files) => Array.ForEach(files, _adapters.Add);

    private Task ChangedAsync() => ChangedAsync(_changes);

    private static async Task ChangedAsync(SemaphoreSlim changes) =>
        Assert.True(await changes.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), "no change was told");

    private string In(string path) => Path.Combine(_root, path);

    private string Write(string path)
    {
        string file = In(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"VALUE = '{Guid.NewGuid()}'\n");
        return file;
    }

    private void Link(string path, string target) => File.CreateSymbolicLink(In(path), target);

    /// <summary>Replaces a link atomically, as deployments do: creates another link and renames it.</summary>
    private void Swap(string path, string target)
    {
        Link(path + "_tmp", target);
        Assert.Equal(0, Rename(In(path + "_tmp"), In(path))); // .NET would treat a link to a folder as the folder
    }

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);
}
