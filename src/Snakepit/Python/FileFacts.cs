namespace Snakepit.Python;

/// <summary>What is at a path. <paramref name="Owner"/> is null where ownership is not told by a number.</summary>
internal readonly record struct FileFacts(
    FileKind Kind, bool IsLink = false, long Length = 0, DateTime ModifiedUtc = default, UnixFileMode Mode = default, uint? Owner = null)
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public bool IsExecutable => Kind == FileKind.File && (Mode & AnyExecute) != 0;
}

/// <summary>What kind of thing is at a path.</summary>
internal enum FileKind
{
    Nothing,
    File,
    Folder,
}
