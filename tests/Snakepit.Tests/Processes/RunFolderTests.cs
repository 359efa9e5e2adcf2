using Snakepit.Processes;
using Snakepit.Tests.Python;

namespace Snakepit.Tests.Processes;

[Trait("Rule", "L18")]
public sealed class RunFolderTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly TemporaryFolder _session = new();
    private readonly FakeHostSystem _host = new();

    private string Folder => Path.Combine(_session.Path, "snakepit");

    public static TheoryData<UnixFileMode, bool, uint, string> Untrusted => new()
    {
        { Private, true, 1000, "is a link" },
        { Private, false, 0, "belongs to another user (0)" },
        { Private | UnixFileMode.GroupRead, false, 1000, "is open to others" },
        { Private | UnixFileMode.OtherExecute, false, 1000, "is open to others" },
    };

    [Fact]
    public void Find_makes_a_private_folder_in_that_of_the_session()
    {
        _host.Variable("XDG_RUNTIME_DIR", _session.Path);
        _host.Files[_session.Path] = new FileFacts(FileKind.Folder, Owner: 1000);
        _host.Files[Folder] = new FileFacts(FileKind.Folder, Mode: Private, Owner: 1000);

        Assert.Equal(Folder, RunFolder.Find(_host));
        Assert.Equal(Private, new DirectoryInfo(Folder).UnixFileMode);
    }

    [Theory]
    [MemberData(nameof(Untrusted))]
    public void PrivateFolder_that_others_may_use_is_refused(UnixFileMode mode, bool isLink, uint owner, string problem)
    {
        _host.Files[Folder] = new FileFacts(FileKind.Folder, isLink, Mode: mode, Owner: owner);

        Assert.Contains(
            problem, Assert.Throws<IOException>(() => RunFolder.PrivateFolder(_host, Folder)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _session.Dispose();
}
