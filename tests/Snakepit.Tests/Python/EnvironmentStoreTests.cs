using Snakepit.Python;

namespace Snakepit.Tests.Python;

public sealed class EnvironmentStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly EnvironmentStore _store;

    public EnvironmentStoreTests() => _store = new EnvironmentStore(_folder.Path, TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Environment_is_used_only_when_it_is_complete()
    {
        string folder = Make("one");
        Assert.Null(_store.TryUse("one"));

        _store.Complete("one", folder);

        using EnvironmentUse? use = _store.TryUse("one");
        Assert.Equal(folder, use?.Folder);
        Assert.Null(_store.TryUse("two"));
    }

    [Fact]
    public void Environment_whose_folder_is_gone_is_not_used()
    {
        string folder = Make("one");
        _store.Complete("one", folder);
        Directory.Delete(folder);

        Assert.Null(_store.TryUse("one"));
    }

    [Fact]
    public void Lock_is_one_holders_at_a_time()
    {
        IDisposable? first = _store.TryLock();
        Assert.NotNull(first);
        Assert.Null(_store.TryLock());

        first.Dispose();

        using IDisposable? second = _store.TryLock();
        Assert.NotNull(second);
    }

    [Fact]
    public void Tidy_deletes_what_is_unfinished()
    {
        string complete = Make("one"), unfinished = Make("two");
        _store.Complete("one", complete);

        _store.Tidy();

        Assert.Equal((true, false), (Directory.Exists(complete), Directory.Exists(unfinished)));
    }

    [Fact]
    public void Tidy_keeps_the_latest_and_those_in_use()
    {
        List<string> folders = [];
        for (int i = 0; i < 6; i++)
        {
            folders.Add(Make($"e{i}"));
            _store.Complete($"e{i}", folders[i]);
            File.SetLastWriteTimeUtc(_folder[$"e{i}.ready"], DateTime.UnixEpoch.AddDays(i));
        }
        using EnvironmentUse? oldest = _store.TryUse("e0");
        File.SetLastWriteTimeUtc(_folder["e0.ready"], DateTime.UnixEpoch);

        _store.Tidy();

        Assert.Equal([true, false, false, true, true, true], folders.Select(Directory.Exists));
        Assert.Null(_store.TryUse("e1"));
    }

    private string Make(string stamp)
    {
        string folder = _store.NewFolder(stamp.PadRight(32, '0'));
        Directory.CreateDirectory(folder);
        return folder;
    }
}
