namespace Snakepit.Tests.Architecture;

public sealed class EventPageTests
{
    [Fact]
    public void The_page_lists_every_lifecycle_event_and_no_other()
    {
        string page = File.ReadAllText(RepositoryFiles.PathOf("docs", "lifecycle.md"));
        string section = page[page.IndexOf("## Watching", StringComparison.Ordinal)..];
        IEnumerable<string> listed = section.Split('`')
            .Where(static word => word.EndsWith("Event", StringComparison.Ordinal) && word != nameof(WorkerEvent));

        IEnumerable<string> known = typeof(LifecycleEvent).Assembly.GetExportedTypes()
            .Where(static type => type.IsAssignableTo(typeof(LifecycleEvent)) && !type.IsAbstract)
            .Select(static type => type.Name);

        Assert.Equal(known.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }
}
