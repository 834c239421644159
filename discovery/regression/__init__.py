"""From a table of a drift's values to formulas: typed grammars, enumeration, constant fitting, a Pareto front."""
