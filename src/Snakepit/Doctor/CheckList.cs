namespace Snakepit.Doctor;

/// <summary>Collects the results of checks. A check that throws has failed, and does not end the examination.</summary>
internal sealed class CheckList(string? pool = null)
{
    private readonly List<DoctorCheck> _checks = [];

    public IReadOnlyList<DoctorCheck> All => _checks;

    public void Ok(string name, string found) => Add(name, DoctorStatus.Ok, found, null);

    public void Warn(string name, string found, string remedy) => Add(name, DoctorStatus.Warning, found, remedy);

    public void Fail(string name, string found, string remedy) => Add(name, DoctorStatus.Failed, found, remedy);

    public void Skip(string name, string why) => Add(name, DoctorStatus.Skipped, why, null);

    /// <summary>Runs a check that adds its own result.</summary>
    public void Run(string name, Action<string> check)
    {
        try
        {
            check(name);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Fail(name, $"This could not be examined: {Shown.Headline(e)}", "Report it, unless the message says what to change.");
        }
    }

    private void Add(string name, DoctorStatus status, string found, string? remedy) =>
        _checks.Add(new DoctorCheck { Name = name, Pool = pool, Status = status, Found = found, Remedy = remedy });
}
