using System.CommandLine;
using System.Globalization;

namespace Snakepit.Cli.Commands;

/// <summary>What a command is about: a pool, a slot of it, or one worker, written as <c>text</c>, <c>text/3</c> or
/// <c>text/3#17</c>.</summary>
internal sealed record Target(string Pool, int? Slot, int? Generation)
{
    /// <summary>The worker, as the host spells it; null when none is named.</summary>
    public string? Worker => Generation is null ? null : $"{Pool}/{Slot}#{Generation}";

    public static Argument<Target> Argument(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = static result =>
        {
            if (TryParse(result.Tokens[0].Value, out Target? target))
            {
                return target;
            }
            result.AddError($"'{Shown.Text(result.Tokens[0].Value)}' is no pool, slot or worker. Write text, text/3 or text/3#17.");
            return null;
        },
    };

    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Target? target)
    {
        target = null;
        string[] parts = text.Split('/');
        if (parts.Length == 1 && text.Length > 0 && !text.Contains('#'))
        {
            target = new Target(text, null, null);
        }
        else if (parts is [{ Length: > 0 } pool, var rest])
        {
            string[] numbers = rest.Split('#');
            if (numbers.Length <= 2 && TryRead(numbers[0], out int slot))
            {
                target = numbers.Length == 1 ? new Target(pool, slot, null)
                    : TryRead(numbers[1], out int generation) ? new Target(pool, slot, generation)
                    : null;
            }
        }
        return target is not null;
    }

    /// <summary>Returns the path of the target's pool in the endpoint.</summary>
    public string Path(string below) => PathOf(Pool, below);

    /// <summary>Returns the path of a pool in the endpoint.</summary>
    /// <exception cref="CliException">The name has another meaning in a path.</exception>
    public static string PathOf(string pool, string below = "") => pool is "" or "." or ".." || pool.Length > Shown.LongestName
        ? throw new CliException(ExitCode.NotFound, $"There is no pool '{Shown.Text(pool)}'. 'snakepit status' lists the pools of a host.")
        : $"pools/{Uri.EscapeDataString(pool)}{(below.Length == 0 ? "" : $"/{below}")}";

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
