using System.CommandLine;

namespace Snakepit.Cli.Commands;

/// <summary>Checks arguments.</summary>
internal static class ArgumentExtensions
{
    /// <summary>Refuses an option that does not exist, which would be taken for the value of the argument.</summary>
    public static Argument<T> WithoutOptions<T>(this Argument<T> argument)
    {
        argument.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] option }, ..])
            {
                result.AddError($"There is no option '{Shown.Text(option)}'. Add --help for those that there are.");
            }
        });
        return argument;
    }
}
