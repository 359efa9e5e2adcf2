namespace Snakepit.AspNetCore.Admin;

/// <summary>A request that cannot be met, with the status of its answer.</summary>
internal sealed class AdminException(int status, string title, string detail) : Exception(detail)
{
    public int Status => status;

    public string Title => title;

    /// <summary>Names that exist and look like the one that does not.</summary>
    public IReadOnlyList<string> Near { get; init; } = [];
}
