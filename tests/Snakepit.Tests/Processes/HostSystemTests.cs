using System.Runtime.Versioning;
using Snakepit.Processes;
using Snakepit.Tests.Python;

namespace Snakepit.Tests.Processes;

[UnsupportedOSPlatform("windows")]
public sealed class HostSystemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HostSystem _host = new(TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inspect_file_tells_size_time_mode_and_owner()
    {
        File.WriteAllText(_folder["file"], "12345");
        File.SetUnixFileMode(_folder["file"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        FileFacts facts = _host.Inspect(_folder["file"]);

        Assert.Equal(
            new FileFacts(
                FileKind.File,
                false,
                5,
                File.GetLastWriteTimeUtc(_folder["file"]),
                UnixFileMode.UserRead | UnixFileMode.UserExecute,
                _host.UserId),
            facts);
        Assert.True(facts.IsExecutable);
    }

    [Fact]
    public void Inspect_link_tells_about_its_target()
    {
        File.WriteAllText(_folder["file"], "12345");
        File.CreateSymbolicLink(_folder["link"], _folder["file"]);

        Assert.Equal(_host.Inspect(_folder["file"]) with { IsLink = true }, _host.Inspect(_folder["link"]));
    }

    [Fact]
    public void Inspect_folder_is_a_folder() => Assert.Equal(FileKind.Folder, _host.Inspect(_folder.Path).Kind);

    [Fact]
    public void Inspect_nothing_is_nothing()
    {
        File.CreateSymbolicLink(_folder["dangling"], _folder["gone"]);

        Assert.Equal(new FileFacts(FileKind.Nothing), _host.Inspect(_folder["gone"]));
        Assert.Equal(new FileFacts(FileKind.Nothing, IsLink: true), _host.Inspect(_folder["dangling"]));
    }
}
