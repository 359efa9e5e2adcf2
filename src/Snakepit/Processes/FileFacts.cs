namespace Snakepit.Processes;

/// <summary>The facts about a path. <paramref name="Owner"/> is null where owners have no number.</summary>
internal readonly record struct FileFacts(
    FileKind Kind, bool IsLink = false, long Length = 0, DateTime ModifiedUtc = default, UnixFileMode Mode = default, uint? Owner = null)
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public bool IsExecutable => Kind == FileKind.File && (Mode & AnyExecute) != 0;
}

/// <summary>The kinds of a path.</summary>
internal enum FileKind
{
    Nothing,
    File,
    Folder,
}
